//! Classes: their heads, the modifiers of their members, and parameters that are properties.

use super::erase::Eraser;
use oxc_ast::ast::*;
use oxc_span::GetSpan;

/// Words that may stand before a member's name and mean nothing at run time.
const MODIFIERS: [&str; 7] = ["public", "private", "protected", "readonly", "override", "abstract", "declare"];

/// `abstract` before a class, and what it implements.
pub(super) fn head(eraser: &mut Eraser<'_>, it: &Class<'_>) {
    if it.r#abstract {
        let start = eraser.next(it.decorators.last().map_or(it.span.start, |last| last.span.end));
        if eraser.source[start..].starts_with("abstract") {
            eraser.edits.blank(start, start + "abstract".len());
        }
    }
    if let Some(last) = it.implements.last() {
        let parameters = it.type_parameters.as_ref().map(|it| it.span.end);
        let heritage = it.heritage.as_ref().map(|it| it.span().end);
        let before = heritage.or(parameters).or(it.id.as_ref().map(|it| it.span.end));
        // A class without a name begins with the keyword.
        let before = before.unwrap_or_else(|| {
            let start = it.span.start as usize;
            eraser.source[start..].find("class").map_or(it.span.start, |at| (start + at + "class".len()) as u32)
        });
        let keyword = eraser.next(before) as u32;
        eraser.blank(keyword, last.span.end);
    }
}

/// Takes out what is only TypeScript before and after a member's name; false when the whole member went.
pub(super) fn element(eraser: &mut Eraser<'_>, it: &ClassElement<'_>) -> bool {
    let gone = match it {
        ClassElement::TSIndexSignature(_) => true,
        ClassElement::MethodDefinition(method) => method.value.body.is_none(),
        ClassElement::PropertyDefinition(property) => property.declare || it.is_abstract(),
        ClassElement::AccessorProperty(_) => it.is_abstract(),
        ClassElement::StaticBlock(_) => false,
    };
    if gone {
        eraser.erase(it.span());
        return false;
    }
    let (key, computed, mark) = match it {
        ClassElement::MethodDefinition(it) => (it.key.span(), it.computed, it.optional.then_some(b'?')),
        ClassElement::PropertyDefinition(it) => {
            (it.key.span(), it.computed, if it.optional { Some(b'?') } else { it.definite.then_some(b'!') })
        }
        ClassElement::AccessorProperty(it) => (it.key.span(), it.computed, it.definite.then_some(b'!')),
        _ => return true,
    };
    modifiers(eraser, it.span().start, key.start);
    if let Some(mark) = mark {
        let end = if computed { eraser.next(key.end) as u32 + 1 } else { key.end };
        eraser.blank_mark(end, mark);
    }
    true
}

fn modifiers(eraser: &mut Eraser<'_>, start: u32, key: u32) {
    let mut at = eraser.next(start);
    let first = at;
    while at < key as usize {
        let rest = &eraser.source[at..key as usize];
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        if word.is_empty() {
            break;
        }
        if MODIFIERS.contains(&word) {
            // What stands before may have ended because of this word.
            let text = if at == first { ";" } else { "" };
            eraser.edits.replace(at, at + word.len(), text);
        }
        at = eraser.next((at + word.len()) as u32);
    }
}

/// `constructor(private x: T) {}` gets `this.x=x;`, behind the call of `super` where the class extends another.
pub(super) fn parameter_properties(eraser: &mut Eraser<'_>, class: &Class<'_>) {
    for element in &class.body.body {
        let ClassElement::MethodDefinition(method) = element else { continue };
        let Some(body) = method.value.body.as_ref().filter(|_| method.kind.is_constructor()) else { continue };
        let mut text = String::new();
        for parameter in method.value.params.items.iter().filter(|parameter| parameter.has_modifier()) {
            match &parameter.pattern {
                BindingPattern::BindingIdentifier(id) => text.push_str(&format!("this.{0}={0};", id.name)),
                _ => eraser.refuse(parameter.span, "a parameter property has to be a plain name"),
            }
        }
        if text.is_empty() {
            continue;
        }
        let begins = body.directives.last().map_or(body.span.start + 1, |last| last.span.end);
        let at = body.statements.iter().find(|it| calls_super(it)).map_or(begins, |it| it.span().end);
        eraser.edits.insert(at as usize, format!(";{text}"));
    }
}

fn calls_super(it: &Statement<'_>) -> bool {
    let Statement::ExpressionStatement(it) = it else { return false };
    matches!(&it.expression, Expression::CallExpression(call) if matches!(call.callee, Expression::Super(_)))
}
