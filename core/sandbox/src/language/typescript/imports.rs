//! Imports and exports of types. An imported name that no value uses is taken for a type, as TypeScript does.
//!
//! Comes last, when every use of a name has been seen.

use super::erase::{Eraser, is_type as is_type_declaration};
use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};

/// Whether an import or export is of types only by what it says itself.
pub(super) fn is_type(it: &Statement<'_>) -> bool {
    match it {
        Statement::ImportDeclaration(it) => it.import_kind.is_type(),
        Statement::ExportAllDeclaration(it) => it.export_kind.is_type(),
        Statement::ExportNamedDeclaration(it) => it.export_kind.is_type(),
        Statement::ExportFromDeclaration(it) => it.export_kind.is_type(),
        Statement::ExportDeclaration(it) => is_type_declaration(&it.declaration),
        Statement::ExportDefaultDeclaration(it) => match &it.declaration {
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => true,
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => it.body.is_none(),
            _ => false,
        },
        Statement::TSNamespaceExportDeclaration(_) => true,
        _ => false,
    }
}

/// Takes out names of types, and imports of which nothing is left.
pub(super) fn erase(eraser: &mut Eraser<'_>, program: &Program<'_>) {
    program.body.iter().for_each(|it| note(eraser, it));
    for it in &program.body {
        if is_type(it) {
            continue;
        }
        match it {
            Statement::ExportNamedDeclaration(it) => exported(eraser, &it.specifiers, true),
            Statement::ExportFromDeclaration(it) => exported(eraser, &it.specifiers, false),
            _ => {}
        }
    }
    for it in &program.body {
        if let Statement::ImportDeclaration(it) = it
            && !it.import_kind.is_type()
        {
            imported(eraser, it);
        }
    }
}

/// Remembers what the top declares as type and as value.
fn note(eraser: &mut Eraser<'_>, it: &Statement<'_>) {
    let declaration = match it {
        Statement::ExportDeclaration(it) => Some(&it.declaration),
        it => it.as_declaration(),
    };
    let Some(declaration) = declaration else { return };
    let name = match declaration {
        Declaration::TSTypeAliasDeclaration(it) => Some(&it.id.name),
        Declaration::TSInterfaceDeclaration(it) => Some(&it.id.name),
        Declaration::TSNamespaceDeclaration(it) => Some(&it.id.name),
        Declaration::VariableDeclaration(it) => {
            for id in it.declarations.iter().flat_map(|it| it.id.get_binding_identifiers()) {
                eraser.values.insert(id.name.to_string());
            }
            None
        }
        Declaration::FunctionDeclaration(it) => it.id.as_ref().map(|id| &id.name),
        Declaration::ClassDeclaration(it) => it.id.as_ref().map(|id| &id.name),
        _ => None,
    };
    let Some(name) = name else { return };
    let names = if is_type_declaration(declaration) { &mut eraser.types } else { &mut eraser.values };
    names.insert(name.to_string());
}

fn exported(eraser: &mut Eraser<'_>, specifiers: &[ExportSpecifier<'_>], local: bool) {
    for it in specifiers {
        let name = it.local.name();
        let name = name.as_str();
        let erased = local && eraser.types.contains(name) && !eraser.values.contains(name);
        if it.export_kind.is_type() || erased {
            one_of_a_list(eraser, it.span);
        } else if local {
            eraser.used.insert(name.to_owned());
        }
    }
}

fn imported(eraser: &mut Eraser<'_>, it: &ImportDeclaration<'_>) {
    let Some(specifiers) = it.specifiers.as_ref().filter(|list| !list.is_empty()) else { return };
    let is_kept = |eraser: &Eraser<'_>, it: &ImportDeclarationSpecifier<'_>| {
        let marked = matches!(it, ImportDeclarationSpecifier::ImportSpecifier(it) if it.import_kind.is_type());
        !marked && eraser.used.contains(it.local().name.as_str())
    };
    if !specifiers.iter().any(|one| is_kept(eraser, one)) {
        return eraser.erase(it.span);
    }
    for one in specifiers.iter().filter(|one| !is_kept(eraser, one)).map(|one| (one, one.span())).collect::<Vec<_>>() {
        match one {
            // It comes last, and the comma is before it.
            (ImportDeclarationSpecifier::ImportNamespaceSpecifier(_), span) => {
                eraser.blank(specifiers[0].span().end, span.end);
            }
            (_, span) => one_of_a_list(eraser, span),
        }
    }
}

/// With the comma behind it. A default import has one too: `import A, { b }`; a list may end with one.
fn one_of_a_list(eraser: &mut Eraser<'_>, span: Span) {
    eraser.blank(span.start, span.end);
    eraser.blank_mark(span.end, b',');
}
