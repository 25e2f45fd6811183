//! What can be asked over the control socket, and the status code of each answer.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use tokio::sync::oneshot;

use super::Desk;
use super::wire::{By, Cleared, HoldBody, ManualBody, Problem, hold_hint};
use crate::engine::{ClearOrder, Command, HoldError, HoldOrder, ManualSwitch};
use crate::render::status::{HoldPart, Report};

/// No order is near this size.
const LARGEST_BODY: usize = 256 * 1024;

/// How long the engine may be busy: a pass against an API that does not answer takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/holds", get(holds).post(set_hold).delete(clear_all))
        .route("/holds/{policy}", delete(clear_one))
        .route("/manual", post(manual))
        .route("/reload", post(reload))
        .route("/audit", post(audit))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(desk)
}

async fn status(State(desk): State<Desk>) -> Json<Report> {
    Json(report(&desk))
}

async fn holds(State(desk): State<Desk>) -> Json<Vec<HoldPart>> {
    Json(report(&desk).holds())
}

fn report(desk: &Desk) -> Report {
    let snapshot = desk.snapshots.borrow().clone();
    Report::of(snapshot.as_deref(), &desk.facts.borrow())
}

async fn set_hold(State(desk): State<Desk>, Json(body): Json<HoldBody>) -> Response {
    let order = match HoldOrder::try_from(body) {
        Ok(order) => order,
        Err(error) => return problem(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let (reply, answer) = oneshot::channel();
    match ask(&desk, Command::SetHold(order, reply), answer).await {
        Ok(Ok(held)) => {
            let zone = |policy: &str| {
                let snapshot = desk.snapshots.borrow();
                let policies = snapshot.iter().flat_map(|one| &one.config.policies);
                let mut named = policies.filter(|one| one.name == policy);
                named.next().map(|one| one.schedule.clone())
            };
            let parts = held.iter().map(|one| {
                let schedule = zone(&one.policy);
                HoldPart::of(
                    &one.policy,
                    &one.hold,
                    schedule.as_ref().map(|one| &**one.zone()),
                )
            });
            Json(parts.collect::<Vec<_>>()).into_response()
        }
        Ok(Err(error)) => hold_problem(&desk, &error),
        Err(busy) => busy,
    }
}

async fn clear_one(
    State(desk): State<Desk>,
    Path(policy): Path<String>,
    Query(By { by }): Query<By>,
) -> Response {
    clear(&desk, vec![policy], by).await
}

async fn clear_all(State(desk): State<Desk>, Query(By { by }): Query<By>) -> Response {
    clear(&desk, Vec::new(), by).await
}

async fn clear(desk: &Desk, policies: Vec<String>, by: String) -> Response {
    let (reply, answer) = oneshot::channel();
    let order = ClearOrder { policies, by };
    match ask(desk, Command::ClearHold(order, reply), answer).await {
        Ok(Ok(cleared)) => Json(Cleared { cleared }).into_response(),
        Ok(Err(error)) => hold_problem(desk, &error),
        Err(busy) => busy,
    }
}

async fn manual(State(desk): State<Desk>, Json(body): Json<ManualBody>) -> Response {
    let switch = match ManualSwitch::try_from(body) {
        Ok(switch) => Box::new(switch),
        Err(error) => return problem(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let (reply, answer) = oneshot::channel();
    match ask(&desk, Command::Manual(switch, reply), answer).await {
        Ok(()) => Json(()).into_response(),
        Err(busy) => busy,
    }
}

async fn reload(State(desk): State<Desk>) -> Response {
    let (reply, answer) = oneshot::channel();
    if desk.reloads.try_send(reply).is_err() {
        return busy();
    }
    match tokio::time::timeout(PATIENCE, answer).await {
        // A refused file is an answer like any other.
        Ok(Ok(outcome)) => Json(outcome).into_response(),
        _ => busy(),
    }
}

async fn audit(State(desk): State<Desk>) -> Response {
    match desk.commands.try_send(Command::Audit) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(_) => busy(),
    }
}

async fn ask<T>(
    desk: &Desk,
    command: Command,
    answer: oneshot::Receiver<T>,
) -> Result<T, Response> {
    if desk.commands.try_send(command).is_err() {
        return Err(busy());
    }
    let answered = tokio::time::timeout(PATIENCE, answer).await;
    answered.ok().and_then(Result::ok).ok_or_else(busy)
}

fn hold_problem(desk: &Desk, error: &HoldError) -> Response {
    let status = match error {
        HoldError::NotHeld(_) => StatusCode::NOT_FOUND,
        HoldError::UnknownPolicy(_) | HoldError::End { .. } | HoldError::NoReason => {
            StatusCode::BAD_REQUEST
        }
        HoldError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let snapshot = desk.snapshots.borrow();
    let policies = snapshot.iter().flat_map(|one| &one.config.policies);
    let problem = Problem {
        error: error.to_string(),
        hint: hold_hint(error, policies.map(|policy| policy.name.as_str())),
    };
    (status, Json(problem)).into_response()
}

fn busy() -> Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "the daemon is busy with a pass; what was asked may still be done".to_owned(),
    )
}

fn problem(status: StatusCode, error: String) -> Response {
    (status, Json(Problem { error, hint: None })).into_response()
}
