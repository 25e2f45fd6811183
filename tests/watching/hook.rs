//! A webhook that keeps what it is sent.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use super::program::PATIENCE;

pub struct Hook {
    pub url: String,
    taken: Arc<(Mutex<Vec<Value>>, Condvar)>,
}

impl Hook {
    /// One that answers the first requests with these statuses, and then with 200.
    pub fn open(refusals: &[u16]) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/T0-secret-path", listener.local_addr().unwrap());
        let taken = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let mut refusals = VecDeque::from(refusals.to_vec());
        let hook = Hook {
            url,
            taken: Arc::clone(&taken),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(body) = body(&mut stream) else {
                    continue;
                };
                let status = refusals.pop_front().unwrap_or(200);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes());
                if status == 200 {
                    taken.0.lock().unwrap().push(body);
                    taken.1.notify_all();
                }
            }
        });
        hook
    }

    /// Waits for an alert of this kind and stage.
    pub fn alert(&self, kind: &str, stage: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        let mut taken = self.taken.0.lock().unwrap();
        loop {
            let found = taken
                .iter()
                .find(|one| one["kind"] == kind && one["stage"] == stage);
            if let Some(alert) = found {
                return alert.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {kind} {stage} in {taken:?}");
            taken = self.taken.1.wait_timeout(taken, left).unwrap().0;
        }
    }

    pub fn count(&self, kind: &str) -> usize {
        let taken = self.taken.0.lock().unwrap();
        taken.iter().filter(|one| one["kind"] == kind).count()
    }
}

fn body(stream: &mut impl Read) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(value) = serde_json::from_str(body)
        {
            return Some(value);
        }
    }
}
