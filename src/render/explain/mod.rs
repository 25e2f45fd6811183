//! Why an action holds, for people and for programs.

mod json;
mod text;
mod verdict;

pub use json::explain_json;
pub use text::explain_text;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::explain::explain;
    use crate::domain::timeline::Timeline;
    use crate::render::Style;
    use crate::render::fixture::{instant, policies, zone_data};
    use crate::render::text::{PAGE, width};

    fn timelines() -> Vec<(String, Timeline)> {
        let policies = policies();
        let timeline = |policy: &_| Timeline::new(policy, Vec::new());
        (policies.iter())
            .map(|policy| (policy.name.clone(), timeline(policy)))
            .collect()
    }

    fn text(policy: &str, at: &str) -> String {
        let timelines = timelines();
        let (name, timeline) = timelines.iter().find(|(name, _)| name == policy).unwrap();
        let why = explain(timeline, instant(at));
        explain_text(name, timeline.schedule().zone(), &why, Style::PLAIN)
    }

    #[test]
    fn the_afternoon_of_christmas_eve() {
        insta::assert_snapshot!(text("sales", "2026-12-24T13:45:00Z"));
    }

    #[test]
    fn an_override() {
        insta::assert_snapshot!(text("sales", "2026-12-29T10:30:00Z"));
    }

    #[test]
    fn triggers() {
        insta::assert_snapshot!(text("lobby", "2026-12-25T12:00:00Z"));
    }

    #[test]
    fn what_never_changes() {
        insta::assert_snapshot!(text("depot", "2026-12-30T12:00:00Z"));
    }

    #[test]
    fn no_line_is_wider_than_a_page() {
        for (name, timeline) in timelines() {
            for hour in 0..24 * 14 {
                let at = instant("2026-12-20T00:00:00Z") + chrono::TimeDelta::hours(hour);
                let why = explain(&timeline, at);
                let text = explain_text(&name, timeline.schedule().zone(), &why, Style::PLAIN);
                let wide: Vec<&str> = text.lines().filter(|line| width(line) > PAGE).collect();
                assert!(wide.is_empty(), "{wide:#?}");
            }
        }
    }

    #[test]
    fn json_names_each_verdict() {
        let timelines = timelines();
        let (name, timeline) = &timelines[2];
        let why = explain(timeline, instant("2026-12-24T12:00:00Z"));
        let json = explain_json(name, timeline.schedule().zone(), &zone_data(), &why);
        insta::assert_snapshot!(json);
    }
}
