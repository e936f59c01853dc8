//! What is left of TypeScript, kind by kind, and that hostile sources end in errors.

use super::strip;
use wasm_sandbox_policy::{Error, ErrorCode, Limits};

fn strip_ok(source: &str) -> String {
    match strip(source, "a.ts", &Limits::default()) {
        Ok(code) => code,
        Err(error) => panic!("{source}: {}", error.message),
    }
}

fn strip_err(source: &str) -> Error {
    match strip(source, "a.ts", &Limits::default()) {
        Ok(code) => panic!("{} bytes came out", code.len()),
        Err(error) => error,
    }
}

/// What is left, without the spaces that types leave.
fn left(source: &str) -> String {
    let code = strip_ok(source);
    assert_eq!(code.matches('\n').count(), source.matches('\n').count(), "{source}");
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn types_leave_blanks_of_their_own_size() {
    let source = "const x: number = 1 as any, f = <T,>(a?: T, ...r: T[]): a is string => a!; // ü: é\nx";
    let code = strip_ok(source);
    assert_eq!(code, "const x         = 1       , f =     (a    , ...r     )              => a ; // ü: é\nx");
}

#[test]
fn every_kind_of_type_goes() {
    for (source, wanted) in [
        ("let a!: T", "let a"),
        ("type A<T> = { [K in keyof T]?: T[K] }; 1", "; 1"),
        ("interface A extends B { x(): void }\n2", "; 2"),
        ("declare const a: 1; declare function f(): void; declare class C {} declare enum E { A }\n3", "; ; ; ; 3"),
        ("declare module 'x' { export const y: 1 } declare global { var z: 1 } 4", "; ; 4"),
        ("namespace N { export type A = 1 } 5", "; 5"),
        ("function f(a: string): void; function f(a: number): void; function f(a: any) {}", "; ; function f(a ) {}"),
        ("function f(this: Window, a: number) {}", "function f( a ) {}"),
        ("function f<const T extends object = {}>(a: T): asserts a is T { return }", "function f (a ) { return }"),
        (
            "f<string>(1); new Map<string, number>(); tag<T>`x`; g?.<T>(2); h<T>",
            "f (1); new Map (); tag `x`; g?. (2); h",
        ),
        ("x satisfies T; (y as unknown as T).z; a!.b![0]!()", "x ; (y ).z; a .b [0] ()"),
        ("const o = <any>{}; <T>f()", "const o = ( {}); ( f())"),
        ("try {} catch (e: unknown) {}", "try {} catch (e ) {}"),
        ("for (const x of <T[]>y) {}", "for (const x of ( y)) {}"),
        ("class A<T> extends B<T> implements C<T>, D { }", "class A extends B { }"),
        ("abstract class A { abstract x: number; abstract f(): void; y = 1 }", "class A { ; ; y = 1 }"),
        (
            "class A { private x?: number = 1; static readonly y: T; w!: T; declare z: 1; [k: string]: any; #p: number }",
            "class A { ; x = 1; static y ; w ; ; ; #p }",
        ),
        (
            "class A { public async f?<T>(a: T): Promise<void> {} protected get x(): number { return 1 } }",
            "class A { ; async f (a ) {} ; get x() { return 1 } }",
        ),
        (
            "class A { f(): void; f(a?: any): void {} constructor(); constructor(a?: number) {} }",
            "class A { ; f(a ) {} ; constructor(a ) {} }",
        ),
        (
            "let f: (a: number) => void = (a): void => {}; let g = async <T>(x: T) => x",
            "let f = (a) => {}; let g = async (x ) => x",
        ),
        ("let a: typeof import('x'), b: unique symbol, c: `x${string}`, d: new () => T", "let a , b , c , d"),
        ("using: for (;;) break using", "using: for (;;) break using"),
    ] {
        assert_eq!(left(source), wanted.replace("\n", " "), "{source}");
    }
}

#[test]
fn line_breaks_keep_their_meaning() {
    for (source, wanted) in [
        ("let f = (a): {\n  b: 1\n} => a", "let f = (a \n  \n) => a"),
        ("function g() { return <\n  T\n>(a: T) => a }", "function g() { return ( \n   \n a   ) => a }"),
        ("let x = y as any\n(z)", "let x = y;     \n(z)"),
        ("let x = 1\ninterface A {}\n(z)", "let x = 1\n;             \n(z)"),
        ("class A { x = 1\n  private ['y'] = 2 }", "class A { x = 1\n  ;       ['y'] = 2 }"),
    ] {
        let code = strip_ok(source);
        let squeeze = |text: &str| {
            text.lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(squeeze(&code), squeeze(wanted), "{source}");
    }
}

#[test]
fn what_has_values_is_written_out() {
    assert_eq!(
        left("enum E { A, B = 5, C, D = 'd', E1 = B | 1 }"),
        "var E;(function(E){ E[E[\"A\"]=0]=\"A\";var A=E[\"A\"]; E[\"B\"]=(5);typeof E[\"B\"]==\"string\"||(E[E[\"B\"]]=\"B\");var B=E[\"B\"]; E[E[\"C\"]=E[\"B\"]+1]=\"C\";var C=E[\"C\"]; E[\"D\"]=('d');var D=E[\"D\"]; E[\"E1\"]=(B | 1);typeof E[\"E1\"]==\"string\"||(E[E[\"E1\"]]=\"E1\");var E1=E[\"E1\"] })(E||(E={}));"
    );
    assert!(left("export const enum X { 'a-b' }").starts_with("export var X;(function(X){ X[X[\"a-b\"]=0]=\"a-b\" }"));
    assert_eq!(
        left("class P { constructor(private x: number, readonly y = 2) { f() } }"),
        "class P { constructor( x , y = 2) {;this.x=x;this.y=y; f() } }"
    );
    assert_eq!(
        left("class Q extends P { constructor(public z: 1) { super(z); g() } }"),
        "class Q extends P { constructor( z ) { super(z);;this.z=z; g() } }"
    );
}

#[test]
fn imports_and_exports_of_types_go() {
    for (source, wanted) in [
        ("import type { A } from 'a'; import { type B, c } from 'b'; c", "; import { c } from 'b'; c"),
        ("import { T, v } from './x.js'; const a: T = v", "import { v } from './x.js'; const a = v"),
        ("import D, { T } from 'x'; D as T", "import D, { } from 'x'; D"),
        ("import D, * as N from 'x'; D()", "import D from 'x'; D()"),
        ("import { T } from 'x'; let a: T; import 'side'", "; let a ; import 'side'"),
        ("export type { A } from 'a'; export * from 'b'; export type * from 'c'", "; export * from 'b'; ;"),
        (
            "interface I {} type T = 1; const v = 1; export { I, v, type T }; export default interface X {}",
            "; ; const v = 1; export { v, }; ;",
        ),
        (
            "import data from './d.json' with { type: 'json' }; data",
            "import data from './d.json' with { type: 'json' }; data",
        ),
    ] {
        assert_eq!(left(source), wanted, "{source}");
    }
}

#[test]
fn faults_name_the_users_place() {
    let error = strip_err("let a: number = 1;\nlet = = 2;\n");
    assert_eq!((error.code, error.details["type"].as_str()), (ErrorCode::GuestException, Some("SyntaxError")));
    assert!(error.message.contains("a.ts:2:"), "{}", error.message);
    for source in
        ["namespace N { export const a = 1 }", "@dec class A {}", "export = 1", "import a = require('a')", "let x: = 1"]
    {
        assert_eq!(strip_err(source).code, ErrorCode::GuestException, "{source}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    const N: usize = 100_000;
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("`${", "1", "}`"),
        ("{", "", "}"),
        ("f(", "", ")"),
        ("({a:", "1", "})"),
        ("(a=", "1", ")=>1"),
        ("a?b:", "c", ""),
        ("!", "1", ""),
        ("x=>", "1", ""),
        ("A<", "B", ">"),
        ("if(a);else ", ";", ""),
        ("a?(b):", "c", ""),
        ("typeof ", "x", ""),
        ("1+", "1", ""),
        ("", "a", ".b"),
        ("", "a", "!"),
        ("", "a", " as any"),
        ("<T>", "a", ""),
        ("a:", ";", ""),
        ("class{x=", "1", "}"),
        ("new ", "x", ""),
        ("async(", "x", ")"),
        ("", "a", "()"),
    ] {
        for head in ["let q = ", "type T = ", ""] {
            let source = format!("{head}{}{middle}{}", open.repeat(N), close.repeat(N));
            let start = std::time::Instant::now();
            let _ = strip_err(&source);
            assert!(start.elapsed().as_secs() < 5, "{head}{open}");
        }
    }
}

/// What passes the estimate fits the stack, also on a thread with little of its own.
#[test]
fn what_is_allowed_fits() {
    let work = || {
        for (open, middle, close, most) in [
            ("(x,{a=[b=", "1", "]})", 80),
            ("({a:", "1", "})", 120),
            ("(", "1", ")", 250),
            ("a=>", "1", "", 7_000),
            ("a?b:", "c", "", 7_000),
            ("A<", "B", ">", 15_000),
            ("!", "1", "", 15_000),
            ("x=", "1", "", 15_000),
            ("1+", "1", "", 15_000),
            ("", "a", ".b", 15_000),
        ] {
            for head in ["let q = ", "type T = "] {
                let source = format!("{head}{}{middle}{}", open.repeat(most), close.repeat(most));
                let _ = strip(&source, "a.ts", &Limits::default());
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(work);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn long_sources_are_refused() {
    let long = "1;".repeat(2 << 20);
    assert_eq!(strip_err(&long).code, ErrorCode::ModuleLimit);
}
