//! Comma-separated values: RFC 4180, with what a spreadsheet would run made harmless.

/// Adds a row: fields quoted where they must be, and `\n` at its end.
pub fn push_row(out: &mut String, fields: &[&str]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_field(out, field);
    }
    out.push('\n');
}

/// Adds one field.
pub fn push_field(out: &mut String, field: &str) {
    let field = super::text::plain(field);
    // A spreadsheet runs a cell that begins like this as a formula.
    let formula = field.starts_with(['=', '+', '@', '-']) && field.parse::<f64>().is_err();
    let quoted = formula || field.contains(['"', ',']) || field.starts_with(' ');
    if !quoted {
        out.push_str(&field);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&field.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_one_field_and_no_formula() {
        let mut out = String::new();
        push_row(&mut out, &["a,b", "say \"x\"", "=1+1", "-12", "c\nd", ""]);
        assert_eq!(out, "\"a,b\",\"say \"\"x\"\"\",\"'=1+1\",-12,c d,\n");
    }
}
