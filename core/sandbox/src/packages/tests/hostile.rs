//! Archives that somebody made to do harm.
//! Each has to end with a typed error, at once and within the bounds; none may panic.

use super::super::bounds::{PACKAGES, SET_BYTES, SET_ENTRIES};
use super::make::{Block, Member, deflated, gzip, member, npm, tar, wheel, zip};
use super::*;
use wasm_sandbox_policy::ErrorCode;

fn refused(outcome: Result<PackageSet>, code: ErrorCode, words: &str) {
    let error = error(outcome);
    assert_eq!(error.code, code, "{}", error.message);
    assert!(error.message.contains(words), "{} has not `{words}`", error.message);
}

const INVALID: ErrorCode = ErrorCode::InvalidArgument;
const LIMIT: ErrorCode = ErrorCode::FileLimit;

#[test]
fn paths_that_lead_elsewhere() {
    for (name, words) in [
        ("../evil.py", "`..`"),
        ("a/../../evil.py", "`..`"),
        ("/etc/evil.py", "absolute"),
        ("C:/evil.py", "absolute"),
        ("c:evil.py", "absolute"),
        ("a\\evil.py", "backslash"),
        ("..\\evil.py", "backslash"),
        ("a\n.py", "control"),
        ("a\0.py", "control"),
    ] {
        refused(python(zip(&[member("ok.py", ""), member(name, "")])), INVALID, words);
        refused(
            javascript(gzip(&tar(&[Block(name, b'0', 0, b"")]))),
            INVALID,
            if name.contains('\0') { "" } else { words },
        );
        refused(load(Language::Python, vec![files(Some("a"), &[(name, "")])]), INVALID, words);
    }
    refused(python(zip(&[member(&"a/".repeat(70), "")])), INVALID, "levels");
    refused(python(zip(&[member(&"a".repeat(256), "")])), INVALID, "255");
    refused(python(zip(&[member(&format!("{}x", "aaaaaaa/".repeat(500)), "")])), INVALID, "");
}

#[test]
fn links_and_special_files() {
    for kind in [0o120_777, 0o020_666, 0o060_666, 0o010_666, 0o140_666] {
        let link = Member { mode: kind, ..member("a.py", "/etc/passwd") };
        refused(python(zip(&[link])), INVALID, "link or a special file");
    }
    for kind in [b'1', b'2', b'3', b'4', b'6'] {
        refused(javascript(gzip(&tar(&[Block("package/a.js", kind, 0, b"")]))), INVALID, "link or a special file");
    }
}

#[test]
fn bombs_end_at_the_bound_and_not_at_what_they_declare() {
    let zeros = vec![0; 64 << 20];
    let packed = deflated(&zeros);
    assert!(packed.len() < 1_000_000);
    // More than the bound, honestly.
    let bomb = Member { content: zeros.clone(), ..member("a", "") };
    let many: Vec<Member> = (0..5).map(|i| Member { name: format!("{i}.py"), ..bomb.clone() }).collect();
    refused(python(zip(&many)), LIMIT, "packageBytes");
    // More than it declares.
    let liar = Member { declared: Some(10), ..bomb.clone() };
    refused(python(zip(&[member("a.py", ""), liar])), INVALID, "size");
    // Less than it declares, and more than there may be.
    let boaster = Member { declared: Some(u32::MAX - 1), ..member("a.py", "x") };
    refused(python(zip(&[boaster])), LIMIT, "packageBytes");
    let short = Member { declared: Some(1_000), ..member("a.py", "x") };
    refused(python(zip(&[short])), INVALID, "");
    // The same in a tar file, and a gzip file that never comes to an end of its first entry.
    let blocks: Vec<Block<'_>> = (0..5).map(|_| Block("package/a", b'0', zeros.len() as u64, &zeros)).collect();
    let error = javascript(gzip(&tar(&blocks))).unwrap_err();
    assert!(matches!(error.code, ErrorCode::FileLimit | ErrorCode::InvalidArgument));
    refused(javascript(gzip(&tar(&[Block("package/a", b'0', SET_BYTES + 1, b"")]))), LIMIT, "packageBytes");
    refused(javascript(gzip(&tar(&[Block("package/a", b'0', 1 << 60, b"")]))), LIMIT, "packageBytes");
    refused(javascript(gzip(&tar(&[Block("package/a", b'0', 4_000, b"")]))), INVALID, "");
}

#[test]
fn a_tar_file_made_of_headers_alone_is_bounded() {
    // A long name that never ends: 400 MB of it, from very little.
    let name = vec![b'a'; 400 << 20];
    let long = gzip(&tar(&[Block("././@LongLink", b'L', name.len() as u64, &name), Block("a", b'0', 0, b"")]));
    assert!(long.len() < 4 << 20);
    let error = error(javascript(long));
    assert!(matches!(error.code, ErrorCode::FileLimit | ErrorCode::InvalidArgument), "{}", error.message);
}

#[test]
fn too_many() {
    let entries: Vec<Member> =
        (0..=SET_ENTRIES).map(|i| Member { stored: true, ..member(&format!("{i}"), "") }).collect();
    // More than the classic directory's count can say; what counts is what is there.
    refused(python(zip(&entries)), LIMIT, "packageFiles");
    let folders: Vec<Block<'_>> = (0..=SET_ENTRIES).map(|_| Block("package/", b'5', 0, b"")).collect();
    refused(javascript(gzip(&tar(&folders))), LIMIT, "packageFiles");
    let given = (0..=PACKAGES).map(|i| files(Some(&format!("p{i}")), &[("__init__.py", "")])).collect();
    let error = load(Language::Python, given).unwrap_err();
    assert_eq!((error.code, error.details["field"].as_str()), (LIMIT, Some("packages")));
    refused(python(vec![0; (64 << 20) + 1]), LIMIT, "packageBytes");
}

#[test]
fn twice_encrypted_overlapping_or_otherwise_untrue() {
    refused(python(zip(&[member("a.py", "1"), member("a.py", "2")])), INVALID, "twice");
    refused(python(zip(&[member("a.py", "1"), member("./a.py", "2")])), INVALID, "twice");
    refused(javascript(npm(&[("a.js", "1"), ("a.js", "2")])), INVALID, "twice");
    refused(python(zip(&[member("a", "1"), member("a/b.py", "2")])), INVALID, "in the way");
    for flags in [1, 0x41] {
        refused(python(zip(&[Member { flags, ..member("a.py", "1") }])), INVALID, "encrypted");
    }
    let first = member("a.py", "1");
    refused(python(zip(&[first.clone(), Member { offset: Some(0), ..member("a.py", "1") }])), INVALID, "overlap");
    let quine =
        Member { offset: Some(0), name: "b.py".to_owned(), other_name: Some("b.py".to_owned()), ..first.clone() };
    refused(python(zip(&[Member { name: "b.py".to_owned(), ..first.clone() }, quine])), INVALID, "overlap");
    refused(python(zip(&[Member { offset: Some(1 << 20), ..first.clone() }])), INVALID, "damaged");
    refused(python(zip(&[Member { other_name: Some("b.py".to_owned()), ..first.clone() }])), INVALID, "another name");
    refused(python(zip(&[Member { crc: Some(7), ..first.clone() }])), INVALID, "damaged");
    for method in [1, 9, 12, 14, 93, 99] {
        refused(python(zip(&[Member { method: Some(method), ..first.clone() }])), INVALID, "another method");
    }
}

#[test]
fn what_is_cut_off_or_changed_anywhere_never_panics() {
    let good = wheel("py3-none-any", &[member("b/c.py", &"text ".repeat(50))]);
    for length in 0..good.len() {
        assert!(python(good[..length].to_vec()).is_err(), "{length} bytes");
    }
    let tarball = npm(&[("package.json", r#"{"name": "a"}"#), ("b.js", "1")]);
    for (bytes, language) in [(good, Language::Python), (tarball, Language::JavaScript)] {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let _ = load(language, vec![PackageSource::Archive(changed)]);
            }
        }
    }
}

#[test]
fn unpacking_can_be_cancelled() {
    let cancel = CancelToken::default();
    cancel.cancel();
    let given = vec![PackageSource::Archive(wheel("py3-none-any", &[]))];
    let error = PackageSet::new(Language::Python, given, &cancel).unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
}
