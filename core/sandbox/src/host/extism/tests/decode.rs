//! A plug-in's output: as asked, as the input was, within limits whatever the plug-in sends.

use super::*;

fn read(bytes: &[u8], input: InputKind, format: Option<OutputFormat>) -> Result<Value> {
    let limits = Limits::default();
    let mut meter = Meter::new(&limits);
    let value = decode_output(bytes.to_vec(), input, format, &limits, &mut meter);
    assert_eq!(meter.used(), 0);
    value
}

#[test]
fn the_output_follows_the_input() {
    assert_eq!(read(b"[1]", InputKind::Text, None).unwrap(), Value::from("[1]"));
    assert_eq!(read(b"[1]", InputKind::Bytes, None).unwrap(), Value::Bytes(b"[1]".to_vec()));
    assert_eq!(read(b"[1]", InputKind::Json, None).unwrap(), Value::List(vec![Value::Int(1)]));
    assert_eq!(read(b"", InputKind::Json, None).unwrap(), Value::Null);
    assert_eq!(read(b"plain", InputKind::Json, None).unwrap(), Value::from("plain"));
    assert_eq!(read(b"\xff", InputKind::Json, None).unwrap(), Value::Bytes(vec![255]));
    assert_eq!(read(b"\xff", InputKind::Text, None).unwrap(), Value::Bytes(vec![255]));
}

#[test]
fn what_is_asked_for_is_given_or_refused() {
    let json = Some(OutputFormat::Json);
    assert_eq!(read(b"7", InputKind::Text, json).unwrap(), Value::Int(7));
    assert_eq!(read(b"7", InputKind::Json, Some(OutputFormat::String)).unwrap(), Value::from("7"));
    assert_eq!(read(b"7", InputKind::Json, Some(OutputFormat::Bytes)).unwrap(), Value::Bytes(b"7".to_vec()));
    for bad in [&b"{"[..], b"[1] 2", b"nan", b"{1:2}", b"\xff"] {
        assert_eq!(read(bad, InputKind::Text, json).unwrap_err().code, ErrorCode::InvalidArgument, "{bad:?}");
    }
    let text = read(b"\xff", InputKind::Text, Some(OutputFormat::String));
    assert_eq!(text.unwrap_err().code, ErrorCode::InvalidArgument);
}

#[test]
fn numbers_keep_their_kind_and_maps_their_order() {
    let value = read(br#"{"z":1,"a":[18446744073709551615,-1,1.0,"\u00e9",true,null]}"#, InputKind::Json, None);
    let list = vec![
        Value::BigInt(u64::MAX.into()),
        Value::Int(-1),
        Value::Float(1.0),
        Value::from("é"),
        Value::Bool(true),
        Value::Null,
    ];
    assert_eq!(value.unwrap(), Value::object([("z", Value::Int(1)), ("a", Value::List(list))]));
}

#[test]
fn depth_is_limited_however_deep_the_text() {
    for depth in [130, 1_000_000] {
        let text = "[".repeat(depth);
        assert_eq!(read(text.as_bytes(), InputKind::Json, None).unwrap_err().code, ErrorCode::ValueLimit);
    }
    let limits = Limits { value_depth: 100_000, ..Limits::default() };
    let mut meter = Meter::new(&limits);
    let text = "[".repeat(1_000_000).into_bytes();
    let error = decode_output(text, InputKind::Json, None, &limits, &mut meter).unwrap_err();
    assert_eq!(error.code, ErrorCode::ValueLimit);
}

#[test]
fn many_small_values_are_charged_before_they_are_made() {
    let limits = Limits { memory_bytes: 1 << 20, ..Limits::default() };
    let mut meter = Meter::new(&limits);
    let text = format!("[{}0]", "[],".repeat(1_000_000)).into_bytes();
    let error = decode_output(text, InputKind::Json, None, &limits, &mut meter).unwrap_err();
    assert_eq!((error.code, meter.used()), (ErrorCode::MemoryLimit, 0));
    let large = vec![b' '; limits.value_bytes as usize + 1];
    let error = decode_output(large, InputKind::Bytes, None, &limits, &mut meter).unwrap_err();
    assert_eq!(error.code, ErrorCode::ValueLimit);
}
