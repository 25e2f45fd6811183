//! `/_sim/`: the simulator's log, account and faults over HTTP, for tests of the real binary.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::account::SimPolicy;
use super::fault::{Fault, Scope, Times, Waiting};
use super::log::{Entry, Load};
use super::state::State;

/// Everything a fault may say.
const FAULT_FIELDS: [&str; 11] = [
    "fault",
    "count",
    "method",
    "action",
    "uid",
    "ms",
    "status",
    "retry_after",
    "location",
    "error",
    "body",
];

type Refused = (StatusCode, String);

/// The routes below `/_sim`.
pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_sim/log", get(log).delete(clear_log))
        .route("/_sim/load", get(load))
        .route("/_sim/policies", get(policies).post(set_policies))
        .route(
            "/_sim/faults",
            get(faults).post(add_fault).delete(clear_faults),
        )
        .route("/_sim/manual", post(manual))
        .route("/_sim/expire-tokens", post(expire_tokens))
}

async fn log(Shared(state): Shared<Arc<State>>) -> Json<Vec<Entry>> {
    Json(state.lock().log.entries())
}

async fn clear_log(Shared(state): Shared<Arc<State>>) {
    state.lock().log.clear();
}

async fn load(Shared(state): Shared<Arc<State>>) -> Json<Load> {
    Json(state.lock().log.load())
}

async fn policies(Shared(state): Shared<Arc<State>>) -> Json<Vec<SimPolicy>> {
    Json(state.lock().account.policies.clone())
}

async fn set_policies(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<(), Refused> {
    state.lock().account.policies = parse(&body)?;
    Ok(())
}

async fn faults(Shared(state): Shared<Arc<State>>) -> Json<Vec<Waiting>> {
    Json(state.lock().faults.waiting())
}

async fn add_fault(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<(), Refused> {
    let value: Value = parse(&body)?;
    let names = value.as_object().map(|fields| fields.keys());
    // A misspelt scope would strike everything.
    if let Some(name) = names
        .into_iter()
        .flatten()
        .find(|name| !FAULT_FIELDS.contains(&name.as_str()))
    {
        return Err(bad(format!(
            "unknown field `{name}`; known: {}",
            FAULT_FIELDS.join(", ")
        )));
    }
    let fault = Fault::deserialize(&value).map_err(bad)?;
    let scope = Scope::deserialize(&value).map_err(bad)?;
    let times = match value.get("count") {
        None | Some(Value::Null) => Times::UntilCleared,
        Some(count) => Times::Count(u32::deserialize(count).map_err(bad)?),
    };
    state.lock().faults.add(fault, scope, times);
    Ok(())
}

async fn clear_faults(Shared(state): Shared<Arc<State>>) {
    state.lock().faults.clear();
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manual {
    uid: u64,
    default: String,
}

async fn manual(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<(), Refused> {
    let manual: Manual = parse(&body)?;
    if state
        .lock()
        .account
        .set_by_hand(manual.uid, &manual.default)
    {
        return Ok(());
    }
    Err((StatusCode::NOT_FOUND, format!("no policy {}\n", manual.uid)))
}

async fn expire_tokens(Shared(state): Shared<Arc<State>>) {
    let now = state.now();
    state.lock().tokens.expire(None, now);
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(bad)
}

fn bad(why: impl std::fmt::Display) -> Refused {
    (StatusCode::BAD_REQUEST, format!("{why}\n"))
}
