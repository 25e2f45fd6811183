//! `[[overrides]]`: dated actions.

use chrono::{Days, NaiveDateTime, NaiveTime};

use crate::config::leaf::words;
use crate::config::reader::Fields;
use crate::config::source::{Span, Spanned};
use crate::domain::action::Action;

pub(super) const OVERRIDE: &[&str] = &["name", "from", "until", "date", "action", "policies"];

/// An override as written.
#[derive(Debug)]
pub struct OverrideForm {
    /// Its header.
    pub place: Span,
    /// What it does; `None` where a part of that is missing or wrong, which has been said.
    pub deed: Option<DeedForm>,
    /// `policies`; `None` for all.
    pub policies: Option<Vec<Spanned<String>>>,
}

/// What an override does, and when.
#[derive(Debug)]
pub struct DeedForm {
    /// `name`.
    pub name: String,
    /// `from` and `until`, or `date`.
    pub span: SpanForm,
    /// `action`.
    pub action: Action,
}

/// The civil span of an override, and where it is written.
#[derive(Debug)]
pub struct SpanForm {
    /// Its first civil second.
    pub from: Spanned<NaiveDateTime>,
    /// The first civil second after it.
    pub until: Spanned<NaiveDateTime>,
}

pub(super) fn read_all(file: &Fields<'_>) -> Vec<OverrideForm> {
    let entries = file.list("overrides").unwrap_or_default().iter();
    let read = entries.filter_map(|value| {
        let fields = Fields::of_value(value, "an override", OVERRIDE, file.problems())?;
        Some(read(&fields))
    });
    read.collect()
}

fn read(fields: &Fields<'_>) -> OverrideForm {
    if fields.key("name").is_none() {
        fields.missing("name", "what people call it: name = \"Summer party\"");
    }
    if fields.key("action").is_none() {
        fields.missing("action", "what holds meanwhile: action = \"voicemail\"");
    }
    let policies = fields.texts("policies");
    if let (Some(key), Some([])) = (fields.key("policies"), policies.as_deref())
        && fields.list("policies").is_some_and(<[_]>::is_empty)
    {
        let problem = fields.problems().at(key, "an override for no policy");
        problem.hint("leave `policies` out for all").error();
    }
    let (name, action) = (fields.text("name"), fields.word("action", words::action));
    let span = read_span(fields);
    let deed = name.zip(span).zip(action);
    OverrideForm {
        place: fields.place(),
        deed: deed.map(|((name, span), action)| DeedForm {
            name: name.value.trim().to_owned(),
            span,
            action: action.value,
        }),
        policies,
    }
}

fn read_span(fields: &Fields<'_>) -> Option<SpanForm> {
    let problems = fields.problems();
    let ends = ["from", "until"].map(|key| fields.key(key));
    if let Some(date) = fields.key("date") {
        let [from, until] = ends;
        if let Some(end) = from.or(until) {
            let (first, second) = (date.min(end), date.max(end));
            let message = "an override has `date`, or `from` and `until`, not both";
            let problem = problems.at(second, message).also(first, "the other one");
            problem.hint("`date` is the whole local day").error();
            return None;
        }
        let day = fields.date("date")?;
        let midnight = day.value.and_time(NaiveTime::MIN);
        let span = day.span;
        let spanned = |value| Spanned { value, span };
        return Some(SpanForm {
            from: spanned(midnight),
            until: spanned(midnight + Days::new(1)),
        });
    }
    let hint = "or `date` for a whole local day: date = 2026-07-17";
    for (key, place) in ["from", "until"].into_iter().zip(ends) {
        if place.is_none() {
            fields.missing(key, hint);
        }
    }
    let (from, until) = (fields.local_time("from"), fields.local_time("until"));
    let (from, until) = (from?, until?);
    if until.value <= from.value {
        let message = "`until` must be after `from`";
        problems
            .at(until.span, message)
            .also(from.span, "`from`")
            .error();
        return None;
    }
    Some(SpanForm { from, until })
}
