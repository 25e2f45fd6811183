//! `token.php` and `database.php`: a request in, an answer or a fault out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use futures_util::stream;

use super::call::Call;
use super::connection::Caller;
use super::fault::Fault;
use super::reply::{Reply, Value};
use super::state::{Outcome, State, expired, refused};

/// How long a connection that is about to break waits, so that what was sent arrives.
const BEFORE_BREAKING: Duration = Duration::from_millis(20);

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>Service unavailable</h1></body></html>\n";

/// `token.php`.
pub(super) async fn token(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let call = Call::read(&method, &uri, &body, true);
    serve(state, caller, call).await
}

/// `database.php`.
pub(super) async fn database(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let call = Call::read(&method, &uri, &body, false);
    serve(state, caller, call).await
}

/// Anything else: what a wrong base meets.
pub(super) async fn nowhere() -> Response {
    page(StatusCode::NOT_FOUND)
}

async fn serve(state: Arc<State>, caller: Caller, call: Call) -> Response {
    let (work, wait, fault) = InWork::begin(&state, &call);
    if wait > 0 {
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    let (mut response, outcome) = respond(&state, &caller, &call, fault);
    let date = state.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(DATE, date);
    }
    work.end(outcome);
    response
}

/// A request in work: it leaves the count however it ends, the caller's going away included.
struct InWork<'a> {
    state: &'a State,
    call: &'a Call,
    seq: u64,
    ended: bool,
}

impl<'a> InWork<'a> {
    fn begin(state: &'a State, call: &'a Call) -> (InWork<'a>, u64, Option<Fault>) {
        let now = state.now();
        let mut inner = state.lock();
        let seq = inner.log.arrive(call, now);
        let uids = call.uids();
        let (wait, fault) = inner.faults.strike(&call.method, &call.action, &uids);
        drop(inner);
        let work = InWork {
            state,
            call,
            seq,
            ended: false,
        };
        (work, wait, fault)
    }

    fn end(mut self, outcome: String) {
        self.state.lock().log.outcome(self.seq, outcome);
        self.ended = true;
    }
}

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        let mut inner = self.state.lock();
        inner.log.leave(self.call);
        if !self.ended {
            inner
                .log
                .outcome(self.seq, "abandoned by the caller".into());
        }
    }
}

fn respond(
    state: &State,
    caller: &Caller,
    call: &Call,
    fault: Option<Fault>,
) -> (Response, String) {
    let peer = state.settings.pretend_peer.unwrap_or(caller.peer.ip());
    let Some(fault) = fault else {
        let (reply, outcome) = state.answer(call, peer, true);
        return (plain(render(call, &reply)), outcome);
    };
    let name = fault.name();
    let done = |store: bool| {
        let (reply, outcome) = state.answer(call, peer, store);
        (render(call, &reply), format!("fault: {name}, {outcome}"))
    };
    let (reply, outcome) = match fault {
        Fault::Cut => {
            let (mut bytes, outcome) = done(true);
            bytes.truncate(bytes.len() / 2);
            return (plain(bytes), outcome);
        }
        Fault::Broken => {
            let (bytes, outcome) = done(true);
            return (in_halves(bytes, None), outcome);
        }
        Fault::Stall { ms } => {
            let (bytes, outcome) = done(true);
            return (in_halves(bytes, Some(Duration::from_millis(ms))), outcome);
        }
        Fault::DropAfter => {
            caller.hang_up();
            let (_, outcome) = done(true);
            return (plain(Vec::new()), outcome);
        }
        Fault::NotStored => {
            let (bytes, _) = done(false);
            return (plain(bytes), format!("fault: {name}"));
        }
        Fault::DropBefore => {
            caller.hang_up();
            return (plain(Vec::new()), format!("fault: {name}"));
        }
        Fault::Status {
            status,
            retry_after,
            location,
        } => {
            let mut response =
                page(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY));
            for (header, value) in [(RETRY_AFTER, retry_after), (LOCATION, location)] {
                if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
                    response.headers_mut().insert(header, value);
                }
            }
            return (response, format!("fault: {name} {status}"));
        }
        Fault::Html => return (page(StatusCode::OK), format!("fault: {name}")),
        Fault::Empty => return (plain(Vec::new()), format!("fault: {name}")),
        Fault::Raw { body } => return (plain(body.into_bytes()), format!("fault: {name}")),
        Fault::ExpiredToken => {
            let token = call.argument("token");
            state.lock().tokens.expire(token, state.now());
            expired()
        }
        Fault::UnknownToken => refused("Unknown token"),
        Fault::InvalidToken => refused("Invalid token"),
        Fault::Authentication => refused("Authentication failure"),
        Fault::Rejected { error } => rejected(error),
        Fault::Refused { error } => (
            Reply::refused(error.replace("{query}", &call.query)),
            String::new(),
        ),
        // Faults::strike takes latencies apart.
        Fault::Latency { .. } => state.answer(call, peer, true),
    };
    drop(outcome);
    (plain(render(call, &reply)), format!("fault: {name}"))
}

fn rejected(error: String) -> Outcome {
    let reply = Reply::written(0, 1).with("error", Value::Text(error));
    (reply, String::new())
}

fn render(call: &Call, reply: &Reply) -> Vec<u8> {
    if call.xml { reply.xml() } else { reply.json() }
}

fn plain(bytes: Vec<u8>) -> Response {
    with_type(Body::from(bytes), Reply::content_type())
}

fn page(status: StatusCode) -> Response {
    let mut response = with_type(Body::from(PAGE), HeaderValue::from_static("text/html"));
    *response.status_mut() = status;
    response
}

fn with_type(body: Body, content_type: HeaderValue) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// The first half, and after a while the second one, or a broken connection.
fn in_halves(mut bytes: Vec<u8>, late: Option<Duration>) -> Response {
    let length = bytes.len();
    let second = bytes.split_off(length / 2);
    let parts = stream::unfold(
        (0, bytes, second),
        move |(part, first, second)| async move {
            match part {
                0 => Some((Ok(Bytes::from(first)), (1, Vec::new(), second))),
                1 => {
                    tokio::time::sleep(late.unwrap_or(BEFORE_BREAKING)).await;
                    let end = match late {
                        Some(_) => Ok(Bytes::from(second)),
                        None => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                    };
                    Some((end, (2, Vec::new(), Vec::new())))
                }
                _ => None,
            }
        },
    );
    let mut response = with_type(Body::from_stream(parts), Reply::content_type());
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
