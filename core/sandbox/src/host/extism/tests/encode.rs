//! Values to a plug-in's input: what passes through, what is JSON, what is refused where.

use super::*;
use wasm_sandbox_policy::DateTime;

fn encoded(args: &[Value]) -> (String, InputKind) {
    let (bytes, kind) = encode_input(args, &Limits::default()).unwrap();
    (String::from_utf8(bytes.into_owned()).unwrap(), kind)
}

fn refusal(args: &[Value]) -> String {
    let error = encode_input(args, &Limits::default()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    error.details["path"].as_str().unwrap().to_owned()
}

#[test]
fn one_text_or_bytes_passes_through() {
    assert_eq!(encoded(&[]), (String::new(), InputKind::Text));
    assert_eq!(encoded(&[Value::from("a\"b")]), ("a\"b".into(), InputKind::Text));
    let bytes = [Value::Bytes(vec![0, 255])];
    let (out, kind) = encode_input(&bytes, &Limits::default()).unwrap();
    assert_eq!((&*out, kind), (&[0, 255][..], InputKind::Bytes));
}

#[test]
fn everything_else_is_json() {
    let map = Value::object([
        ("s", Value::from("é\n")),
        ("big", Value::BigInt(u64::MAX.into())),
        ("list", Value::List(vec![Value::Null, Value::Bool(true), Value::Float(-0.5)])),
        ("at", Value::DateTime(DateTime { micros: 0, offset_minutes: 60 })),
    ]);
    let json = r#"{"s":"é\n","big":18446744073709551615,"list":[null,true,-0.5],"at":"1970-01-01T01:00:00+01:00"}"#;
    assert_eq!(encoded(&[map]), (json.into(), InputKind::Json));
    assert_eq!(encoded(&[Value::Int(i64::MIN)]).0, "-9223372036854775808");
    assert_eq!(encoded(&[Value::from("a"), Value::Int(1)]).0, r#"["a",1]"#);
    assert_eq!(encoded(&[Value::List(vec![])]).0, "[]");
}

#[test]
fn what_json_cannot_say_is_refused_with_its_place() {
    let deep = |value| Value::object([("a", Value::List(vec![Value::Null, value]))]);
    assert_eq!(refusal(&[deep(Value::Bytes(vec![1]))]), "$[0].a[1]");
    assert_eq!(refusal(&[deep(Value::Float(f64::NAN))]), "$[0].a[1]");
    let huge = num_bigint::BigInt::from(u64::MAX) + 1;
    assert_eq!(refusal(&[Value::Null, Value::BigInt(huge)]), "$[1]");
    let keyed = Value::Map(vec![(Value::Int(1), Value::Null)]);
    assert_eq!(refusal(&[keyed]), "$[0]");
}

#[test]
fn depth_and_size_are_limited() {
    let limits = Limits { value_depth: 2, value_bytes: 10, ..Limits::default() };
    let code = |value: Value| encode_input(&[value], &limits).unwrap_err().code;
    let deep = (0..4).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    assert_eq!(code(deep), ErrorCode::ValueLimit);
    assert_eq!(code(Value::Bytes(vec![0; 11])), ErrorCode::ValueLimit);
    assert_eq!(code(Value::List(vec![Value::from("123456"), Value::from("1")])), ErrorCode::ValueLimit);
}
