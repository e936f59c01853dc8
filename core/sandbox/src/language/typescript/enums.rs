//! Enums, written in place: `enum E { A, B = 2 }` becomes `var E;(function(E){ … })(E||(E={}));` on the same lines.
//!
//! Initialisers stay where they are, and members see each other by name, as in TypeScript.

use super::erase::Eraser;
use oxc_ast::ast::*;
use oxc_ast_visit::Visit;
use oxc_span::GetSpan;

pub(super) fn transform<'a>(eraser: &mut Eraser<'_>, it: &TSEnumDeclaration<'a>) {
    let name = it.id.name.as_str();
    eraser.values.insert(name.to_owned());
    let body = it.body.span;
    eraser.edits.replace(it.span.start as usize, body.start as usize + 1, format!("var {name};(function({name}){{"));
    let mut previous: Option<String> = None;
    for (index, member) in it.body.members.iter().enumerate() {
        let key = quoted(&member.id.static_name());
        let place = format!("{name}[{key}]");
        let local = if can_be_variable(&member.id, name) {
            format!(";var {}={place}", member.id.static_name())
        } else {
            String::new()
        };
        match &member.initializer {
            Some(value) => {
                let span = value.span();
                eraser.edits.replace(member.span.start as usize, span.start as usize, format!("{place}=("));
                eraser.visit_expression(value);
                let numeric = if is_text(value) {
                    String::new()
                } else {
                    format!(";typeof {place}==\"string\"||({name}[{place}]={key})")
                };
                eraser.edits.replace(span.end as usize, member.span.end as usize, format!("){numeric}{local}"));
                previous = if is_text(value) { None } else { Some(place) };
            }
            None => {
                let value = match &previous {
                    Some(place) => format!("{place}+1"),
                    None if index == 0 => "0".to_owned(),
                    None => return eraser.refuse(member.span, "this enum member needs an initializer"),
                };
                let text = format!("{name}[{place}={value}]={key}{local}");
                eraser.edits.replace(member.span.start as usize, member.span.end as usize, text);
                previous = Some(place);
            }
        }
        let comma = eraser.next(member.span.end);
        if eraser.byte(comma) == b',' {
            eraser.edits.replace(comma, comma + 1, ";");
        }
    }
    eraser.edits.replace(body.end as usize - 1, body.end as usize, format!("}})({name}||({name}={{}}));"));
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

fn is_text(value: &Expression<'_>) -> bool {
    matches!(value, Expression::StringLiteral(_) | Expression::TemplateLiteral(_))
}

/// Whether later initialisers may use the member's plain name.
fn can_be_variable(id: &TSEnumMemberName<'_>, own: &str) -> bool {
    let TSEnumMemberName::Identifier(id) = id else { return false };
    let name = id.name.as_str();
    name != own && !oxc_syntax::keyword::is_reserved_keyword(name) && !matches!(name, "eval" | "arguments")
}
