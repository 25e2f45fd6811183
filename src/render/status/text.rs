//! The status as people read it: what is wrong first, then the daemon, then each policy.

use super::super::holds::hold_words;
use super::super::style::{Ink, Style};
use super::super::text::{PAGE, count, fit, pad, push_hanging, width};
use super::report::{DaemonPart, FilePart, PendingPart, PolicyPart, Report, WantedPart};

/// The widest column of names.
const WIDEST_NAME: usize = 16;

/// The whole text.
#[must_use]
pub fn status_text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    match &report.daemon {
        Some(daemon) => push_daemon(&mut out, daemon, style),
        None => {
            line(
                &mut out,
                style,
                Ink::Bad,
                "daemon",
                "NOT RUNNING: nothing is switched",
            );
        }
    }
    if let Some(file) = &report.file {
        push_file(&mut out, file, style);
    }
    if !report.policies.is_empty() {
        out.push('\n');
    }
    let names = report.policies.iter().map(|one| width(&one.policy));
    let column = names.max().unwrap_or(0).min(WIDEST_NAME);
    for policy in &report.policies {
        push_policy(&mut out, policy, column, style);
    }
    for hold in &report.holds_without_policy {
        let words = format!("{}: {}", hold.policy, hold_words(hold));
        line(&mut out, style, Ink::Notice, "no policy", &words);
    }
    out
}

/// A word in its column, and a text that hangs beside it.
fn line(out: &mut String, style: Style, ink: Ink, word: &str, text: &str) {
    const WORD: usize = 10;
    style.push(out, ink, &pad(word, WORD));
    push_hanging(out, WORD, text);
    out.push('\n');
}

fn push_daemon(out: &mut String, daemon: &DaemonPart, style: Style) {
    let mode = match daemon.mode.as_str() {
        "live" => "",
        _ => "; DRY RUN: it writes nothing",
    };
    let text = format!("running since {}{mode}", daemon.started.words());
    let ink = if mode.is_empty() {
        Ink::Good
    } else {
        Ink::Notice
    };
    line(out, style, ink, "daemon", &text);
    if daemon.failing > 0 {
        let policies = count(daemon.failing, "policy is", "policies are");
        line(
            out,
            style,
            Ink::Bad,
            "FAILING",
            &format!("{policies} not as wanted"),
        );
    }
    if let Some(refused) = &daemon.refused {
        let text = format!(
            "the file as of {}, the one before stays in force: {}",
            refused.at.words(),
            refused.error
        );
        line(out, style, Ink::Bad, "REFUSED", &text);
    }
    let Some(pass) = daemon.last_pass else {
        line(
            out,
            style,
            Ink::Notice,
            "last pass",
            "the first one is not over yet",
        );
        return;
    };
    let next = daemon
        .next_pass
        .map_or("none".to_owned(), |next| next.words());
    line(
        out,
        style,
        Ink::Faint,
        "last pass",
        &format!("{}, next {next}", pass.words()),
    );
    match (&daemon.read_error, daemon.account_read) {
        (Some(error), _) => line(
            out,
            style,
            Ink::Bad,
            "ACCOUNT",
            &format!("cannot be read: {error}"),
        ),
        (None, Some(read)) => {
            line(
                out,
                style,
                Ink::Faint,
                "account",
                &format!("read {}", read.words()),
            );
        }
        (None, None) => line(out, style, Ink::Notice, "account", "not read yet"),
    }
    if let Some(taken) = daemon.token_taken {
        let until = daemon
            .token_expires
            .map(|at| format!(", until {}", at.words()));
        let text = format!("of {}{}", taken.words(), until.unwrap_or_default());
        line(out, style, Ink::Faint, "token", &text);
    }
}

fn push_file(out: &mut String, file: &FilePart, style: Style) {
    // A path is copied whole: it is the one thing that may be wider than a page.
    style.push(out, Ink::Faint, "file      ");
    out.push_str(&super::super::text::plain(&file.path));
    let hash = format!("({})", file.hash);
    out.push_str(if 11 + width(&file.path) + width(&hash) <= PAGE {
        " "
    } else {
        "\n          "
    });
    out.push_str(&hash);
    out.push('\n');
    line(out, style, Ink::Faint, "zones", &file.zone_data);
    for (calendar, reach) in &file.holidays_known_to {
        if let Some(reach) = reach {
            line(
                out,
                style,
                Ink::Faint,
                "holidays",
                &format!("{calendar}: known to {reach}"),
            );
        }
    }
}

fn push_policy(out: &mut String, one: &PolicyPart, column: usize, style: Style) {
    style.push(out, Ink::Strong, &pad(&one.policy, column));
    out.push_str("  ");
    let indent = column + 2;
    let wanted = &one.wanted;
    let ink = wanted.action.parse().map_or(Ink::Notice, Ink::of);
    match &one.live {
        Some(live) if *live == wanted.action => {
            style.push(out, ink, &wanted.action);
            let taken = indent + width(&wanted.action) + 1;
            out.push(' ');
            push_wrapped(out, indent, taken, &because(wanted));
        }
        live => {
            let live = live.as_deref().unwrap_or("unknown");
            let live = fit(live, PAGE - indent - 12);
            let what = if live == "unknown" {
                Ink::Notice
            } else {
                Ink::Bad
            };
            let text = format!("live: {live}");
            style.push(out, what, &text);
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            push_hanging(
                out,
                indent,
                &format!("wanted: {} {}", wanted.action, because(wanted)),
            );
        }
    }
    out.push('\n');
    let mut more = |ink, word: &str, text: &str| {
        out.extend(std::iter::repeat_n(' ', indent));
        style.push(out, ink, word);
        out.push(' ');
        push_hanging(out, indent + width(word) + 1, text);
        out.push('\n');
    };
    if let Some(lost) = &one.lost {
        more(Ink::Bad, "LOST:", lost);
    }
    if let Some(pending) = &one.pending {
        more(Ink::Bad, "RETRYING:", &pending_words(pending));
    }
    if let Some(drift) = &one.drift {
        let words = format!(
            "{} by another hand, seen {}",
            drift.live,
            drift.since.words()
        );
        more(Ink::Notice, "drift:", &words);
    }
    if let Some(hold) = &one.hold {
        more(Ink::Notice, "hold:", &hold_words(hold));
    }
    match &one.next {
        Some(next) => {
            let at = next
                .at
                .map_or(String::new(), |at| format!(" {}", at.words()));
            more(
                Ink::Faint,
                "next:",
                &format!("{}{at}, {}", next.action, rule(next)),
            );
        }
        None => more(Ink::Faint, "next:", "no switch will come"),
    }
}

/// Wraps a text whose first line begins at another column than the rest.
fn push_wrapped(out: &mut String, indent: usize, begins: usize, text: &str) {
    // Words that stand before it take room on the first line only.
    let filler = "x".repeat(begins.saturating_sub(indent + 1));
    let lines = super::super::text::wrap(&format!("{filler} {text}"), PAGE - indent);
    for (number, line) in lines.iter().enumerate() {
        if number == 0 {
            let rest = line.strip_prefix(&filler).unwrap_or(line);
            out.push_str(rest.trim_start());
        } else {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
}

fn because(wanted: &WantedPart) -> String {
    let since = wanted
        .at
        .map_or("always".to_owned(), |at| format!("since {}", at.words()));
    format!("{since}: {}", rule(wanted))
}

fn rule(wanted: &WantedPart) -> String {
    let line = wanted
        .line
        .map_or(String::new(), |line| format!(" (line {line})"));
    match wanted.kind.as_str() {
        "closed" => format!("closed{line}"),
        "weekly" => format!("window {}{line}", wanted.rule),
        kind => format!("{kind} {}{line}", wanted.rule),
    }
}

fn pending_words(pending: &PendingPart) -> String {
    let what = if pending.restores {
        "restore"
    } else {
        "switch"
    };
    let tries = count(pending.tries as usize, "try", "tries");
    let error = pending.error.as_deref().unwrap_or("no answer yet");
    format!(
        "{what} to {} due {}, {tries}, again {}: {error}",
        pending.to,
        pending.due.words(),
        pending.retry_at.words()
    )
}
