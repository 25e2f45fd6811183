//! What an alert says, for people and for programs.
//!
//! Owns the words and the JSON. Must not know where it is sent.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::domain::Instant;

/// What kind of thing went wrong. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A switch is not settled in time.
    Late,
    /// A drifted value was written back.
    Restored,
    /// A changed file is refused.
    Reload,
    /// The API refuses the credentials.
    Authentication,
    /// A calendar's holidays run out.
    Holidays,
    /// A policy is not in the account, or more than once.
    Policy,
    /// What is remembered cannot be kept.
    Store,
    /// The clock cannot be right.
    Clock,
    /// The last run did not end by itself.
    Unclean,
    /// A trial.
    Test,
}

impl Kind {
    /// Every kind and its stable name.
    pub const ALL: [(Kind, &'static str); 10] = [
        (Kind::Late, "late"),
        (Kind::Restored, "restored"),
        (Kind::Reload, "reload"),
        (Kind::Authentication, "authentication"),
        (Kind::Holidays, "holidays"),
        (Kind::Policy, "policy"),
        (Kind::Store, "store"),
        (Kind::Clock, "clock"),
        (Kind::Unclean, "unclean"),
        (Kind::Test, "test"),
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    /// The kind of a stable name.
    pub fn parse(name: &str) -> Option<Kind> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(kind, _)| *kind)
    }

    fn headline(self, stage: Stage) -> &'static str {
        match (self, stage) {
            (Kind::Late, Stage::Over) => "switched after all",
            (Kind::Late, _) => "NOT SWITCHED",
            (Kind::Restored, _) => "restored after a manual change",
            (Kind::Reload, Stage::Over) => "the changed file is in force",
            (Kind::Reload, _) => "a changed file is refused, the last good one stays in force",
            (Kind::Authentication, Stage::Over) => "the API accepts the credentials again",
            (Kind::Authentication, _) => "the API refuses the credentials",
            (Kind::Holidays, Stage::Over) => "the holidays reach far enough again",
            (Kind::Holidays, _) => "the holidays run out",
            (Kind::Policy, Stage::Over) => "found again",
            (Kind::Policy, _) => "cannot be switched",
            (Kind::Store, Stage::Over) => "the store works again",
            (Kind::Store, _) => "the store failed, switching goes on",
            (Kind::Clock, Stage::Over) => "the clock is confirmed, switching goes on",
            (Kind::Clock, _) => "the clock is wrong, NOTHING IS SWITCHED",
            (Kind::Unclean, _) => "the last run did not end by itself",
            (Kind::Test, _) => "this is a test, nothing is wrong",
        }
    }
}

/// Whether a cause begins or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It began, and lasts.
    Began,
    /// It is over.
    Over,
    /// It happened, and that is all.
    Once,
}

impl Stage {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Began => "began",
            Stage::Over => "over",
            Stage::Once => "once",
        }
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What kind of thing.
    pub kind: Kind,
    /// Whether it begins or is over.
    pub stage: Stage,
    /// The policy, the calendar: what it is about.
    pub about: Option<String>,
    /// When it was found.
    pub at: Instant,
    /// More of it, in words.
    pub details: String,
}

impl Alert {
    /// A trial.
    pub fn test(at: Instant) -> Alert {
        Alert {
            kind: Kind::Test,
            stage: Stage::Once,
            about: None,
            at,
            details: "sent by `todswitch alert test`".to_owned(),
        }
    }

    /// One line for people.
    pub fn text(&self) -> String {
        let about = self.about.as_ref().map(|about| format!("{about}: "));
        let headline = self.kind.headline(self.stage);
        let mut text = format!("{}{headline}", about.unwrap_or_default());
        if !self.details.is_empty() {
            text.push_str(&format!(" ({})", self.details));
        }
        text
    }

    /// What is posted.
    pub fn json(&self) -> Value {
        let policy = self.about.as_ref().filter(|_| self.kind != Kind::Holidays);
        let calendar = self.about.as_ref().filter(|_| self.kind == Kind::Holidays);
        json!({
            "text": format!("todswitch: {}", self.text()),
            "kind": self.kind.as_str(),
            "stage": self.stage.as_str(),
            "policy": policy,
            "calendar": calendar,
            "at": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "details": self.details,
        })
    }

    /// What the store keeps: the cause first, in words that the next run reads.
    pub fn record(&self) -> String {
        let about = self.about.as_deref().unwrap_or_default();
        format!(
            "{} {}/{about}: {}",
            self.stage.as_str(),
            self.kind.as_str(),
            self.text()
        )
    }
}
