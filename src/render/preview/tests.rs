//! Previews of the fixture, whole.

use super::*;
use crate::render::Style;
use crate::render::fixture::{instant, policies, zone, zone_data};
use crate::render::text::{PAGE, width};

type Write = fn(&Preview<'_>, &mut Vec<u8>) -> std::io::Result<()>;

fn preview(names: &[&str], from: &str, to: &str, write: Write) -> String {
    let (policies, zone, data) = (policies(), zone("Europe/London"), zone_data());
    let named = |policy: &&Policy| names.contains(&policy.name.as_str());
    let shown: Vec<&Policy> = policies.iter().filter(named).collect();
    let preview = Preview::new(&shown, instant(from), instant(to), &zone, &data);
    let mut out = Vec::new();
    write(&preview, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(preview: &Preview<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
    write_text(preview, Style::PLAIN, out)
}

#[test]
fn a_fortnight_over_christmas() {
    let text = preview(
        &["sales", "lobby", "depot"],
        "2026-12-21T00:00:00Z",
        "2027-01-04T00:00:00Z",
        text,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn policies_of_other_zones_show_theirs_and_clock_changes_are_called_out() {
    let text = preview(
        &["sales", "sydney"],
        "2027-03-27T00:00:00Z",
        "2027-04-05T12:00:00Z",
        text,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_wider_than_a_page() {
    let names = ["sales", "support", "lobby", "sydney", "depot"];
    let text = preview(&names, "2026-06-01T00:00:00Z", "2028-06-01T00:00:00Z", text);
    let wide: Vec<&str> = text.lines().filter(|line| width(line) > PAGE).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let names = ["sales", "support", "lobby", "sydney", "depot"];
    let span = ("2026-12-20T00:00:00Z", "2027-04-20T00:00:00Z");
    let plain = preview(&names, span.0, span.1, text);
    let coloured = preview(&names, span.0, span.1, |preview, out| {
        write_text(preview, Style::COLOUR, out)
    });
    assert!(coloured.contains('\x1b') && !plain.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn json_has_the_shape_that_was_promised() {
    let json = preview(
        &["sales", "support"],
        "2026-12-24T00:00:00Z",
        "2026-12-24T10:00:00Z",
        write_json,
    );
    let policy = |name: &str| {
        format!(
            "{{\"policy\":\"{name}\",\"zone\":\"Europe/London\",\"start\":{{\"action\":\"voicemail\",\
             \"reason\":{{\"kind\":\"holiday\",\"name\":\"Christmas Eve\",\"line\":15}}}},\
             \"switches\":[{{\"at\":\"2026-12-24T09:00:00Z\",\"local\":\"2026-12-24T09:00:00+00:00\",\
             \"from\":\"voicemail\",\"to\":\"queue\",\
             \"reason\":{{\"kind\":\"holiday\",\"name\":\"Christmas Eve\",\"line\":15}}}}]}}"
        )
    };
    let want = format!(
        "{{\"from\":\"2026-12-24T00:00:00Z\",\"to\":\"2026-12-24T10:00:00Z\",\
         \"tzdata\":{{\"source\":\"embedded\",\"version\":\"2026f\"}},\"policies\":[{},{}]}}\n",
        policy("sales"),
        policy("support")
    );
    assert_eq!(json, want);
}

#[test]
fn csv_has_a_row_a_switch() {
    let csv = preview(
        &["sales", "sydney"],
        "2026-12-24T00:00:00Z",
        "2026-12-25T00:00:00Z",
        write_csv,
    );
    insta::assert_snapshot!(csv);
}
