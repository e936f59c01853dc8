//! The walk over the syntax tree that takes out what is only TypeScript.
//!
//! Where a statement or class element goes, a semicolon stays: what stood before it may have relied on it to end.
//! Enums are in `enums.rs`, class members in `members.rs`, imports and exports in `imports.rs`.

use super::edits::Edits;
use super::place::Fault;
use super::{enums, imports, members};
use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;
use std::collections::HashSet;

/// What the walk gathers.
pub(super) struct Eraser<'s> {
    pub(super) source: &'s str,
    pub(super) edits: Edits,
    pub(super) fault: Option<Fault>,
    /// Names that stand for values somewhere.
    pub(super) used: HashSet<String>,
    /// Names of types that were taken out at the top, and of values that were declared there.
    pub(super) types: HashSet<String>,
    pub(super) values: HashSet<String>,
}

impl<'s> Eraser<'s> {
    pub(super) fn new(source: &'s str) -> Eraser<'s> {
        let (used, types, values) = Default::default();
        Eraser { source, edits: Edits::default(), fault: None, used, types, values }
    }

    pub(super) fn refuse(&mut self, at: Span, what: &str) {
        self.fault.get_or_insert_with(|| Fault::new(at.start as usize, what));
    }

    pub(super) fn blank(&mut self, start: u32, end: u32) {
        self.edits.blank(start as usize, end as usize);
    }

    /// Takes out a whole statement or class element.
    pub(super) fn erase(&mut self, span: Span) {
        self.edits.replace(span.start as usize, span.end as usize, ";");
    }

    /// The next byte after `at` that is neither space nor comment.
    pub(super) fn next(&self, at: u32) -> usize {
        let mut at = at as usize;
        loop {
            let rest = self.source.get(at..).unwrap_or_default();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            at += rest.len() - trimmed.len();
            at += match trimmed.as_bytes() {
                [b'/', b'/', ..] => trimmed.find('\n').unwrap_or(trimmed.len()),
                [b'/', b'*', ..] => trimmed.find("*/").map_or(trimmed.len(), |end| end + 2),
                _ => return at,
            };
        }
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.source.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn breaks(&self, start: usize, end: usize) -> bool {
        self.source.get(start..end).unwrap_or_default().contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }

    /// A mark that may follow `at`; taken out with what stands between.
    pub(super) fn blank_mark(&mut self, at: u32, mark: u8) {
        let place = self.next(at);
        if self.byte(place) == mark {
            self.edits.blank(at as usize, place + 1);
        }
    }

    /// A type behind an expression: `x as T`. A line that begins with a bracket after it would go on with `x`.
    fn blank_after(&mut self, expression: Span, whole: Span) {
        let following = self.next(whole.end);
        let joins = matches!(self.byte(following), b'(' | b'[' | b'`') && self.breaks(whole.end as usize, following);
        let text = if joins { ";" } else { "" };
        self.edits.replace(expression.end as usize, whole.end as usize, text);
    }

    /// Type parameters before a parenthesis, `<T>(`: where they break the line the parenthesis takes their place,
    /// because `return` and `async` end at a line break.
    fn blank_arrow_parameters(&mut self, parameters: Span, paren: u32) {
        if self.breaks(parameters.start as usize, paren as usize) {
            self.edits.replace(parameters.start as usize, paren as usize + 1, "(");
        } else {
            self.blank(parameters.start, parameters.end);
        }
    }

    /// A type between the parameters of an arrow function and its arrow, which have to stand on one line.
    fn blank_arrow_result(&mut self, close: u32, result: Span) {
        let arrow = self.next(result.end);
        if self.breaks(close as usize, arrow) {
            self.blank(close - 1, result.end - 1);
            self.edits.replace(result.end as usize - 1, arrow, ")");
        } else {
            self.blank(result.start, result.end);
        }
    }
}

impl<'a> Visit<'a> for Eraser<'_> {
    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_type(&mut self, it: &TSType<'a>) {
        let span = it.span();
        self.blank(span.start, span.end);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.used.insert(it.name.to_string());
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank_after(it.expression.span(), it.span);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank_after(it.expression.span(), it.span);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank(it.expression.span().end, it.span.end);
    }

    /// `<T>x` becomes `(x)`: what `x` begins with must not become the beginning of a statement.
    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        let inner = it.expression.span();
        self.edits.replace(it.span.start as usize, inner.start as usize, "(");
        self.visit_expression(&it.expression);
        self.edits.insert(inner.end as usize, ")");
    }

    fn visit_ts_this_parameter(&mut self, it: &TSThisParameter<'a>) {
        let comma = self.next(it.span.end);
        let end = if self.byte(comma) == b',' { comma + 1 } else { it.span.end as usize };
        self.edits.blank(it.span.start as usize, end);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            self.blank_mark(it.id.span().end, b'!');
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.has_modifier() {
            self.blank(it.span.start, it.pattern.span().start);
        }
        if it.optional {
            self.blank_mark(it.pattern.span().end, b'?');
        }
        walk::walk_formal_parameter(self, it);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        if let Some(parameters) = &it.type_parameters {
            self.blank_arrow_parameters(parameters.span, it.params.span.start);
        }
        if let Some(result) = &it.return_type {
            self.blank_arrow_result(it.params.span.end, result.span);
        }
        self.visit_formal_parameters(&it.params);
        self.visit_arrow_function_body(&it.body);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        members::head(self, it);
        walk::walk_class(self, it);
        members::parameter_properties(self, it);
    }

    fn visit_ts_class_implements(&mut self, _: &TSClassImplements<'a>) {}

    fn visit_class_element(&mut self, it: &ClassElement<'a>) {
        if members::element(self, it) {
            walk::walk_class_element(self, it);
        }
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse(it.span, "decorators are not supported");
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        if it.body.is_some() && !it.declare {
            walk::walk_function(self, it, flags);
        }
    }

    fn visit_statement(&mut self, it: &Statement<'a>) {
        if imports::is_type(it) || it.as_declaration().is_some_and(is_type) {
            self.erase(it.span());
            return;
        }
        walk::walk_statement(self, it);
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        enums::transform(self, it);
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.refuse(it.span, "namespaces with values are not supported; use a module of its own");
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.refuse(it.span, "`import x =` is not supported; use `import x from`");
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.refuse(it.span, "`export =` is not supported; use `export default`");
    }

    // Names in these are looked at when everything has been seen.
    fn visit_import_declaration(&mut self, _: &ImportDeclaration<'a>) {}
    fn visit_export_named_declaration(&mut self, _: &ExportNamedDeclaration<'a>) {}
    fn visit_export_from_declaration(&mut self, _: &ExportFromDeclaration<'a>) {}
}

/// Whether nothing is left of a declaration at run time.
pub(super) fn is_type(declaration: &Declaration<'_>) -> bool {
    match declaration {
        Declaration::VariableDeclaration(it) => it.declare,
        Declaration::FunctionDeclaration(it) => it.declare || it.body.is_none(),
        Declaration::ClassDeclaration(it) => it.declare,
        Declaration::TSTypeAliasDeclaration(_)
        | Declaration::TSInterfaceDeclaration(_)
        | Declaration::TSExternalModuleDeclaration(_)
        | Declaration::TSGlobalDeclaration(_) => true,
        Declaration::TSEnumDeclaration(it) => it.declare,
        Declaration::TSNamespaceDeclaration(it) => it.declare || holds_types(&it.body),
        Declaration::TSImportEqualsDeclaration(it) => it.import_kind.is_type(),
    }
}

fn holds_types(body: &TSNamespaceDeclarationBody<'_>) -> bool {
    match body {
        TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => inner.declare || holds_types(&inner.body),
        TSNamespaceDeclarationBody::TSModuleBlock(block) => {
            block.body.iter().all(|it| imports::is_type(it) || it.as_declaration().is_some_and(is_type))
        }
    }
}
