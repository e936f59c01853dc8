//! Validates a whole module and estimates what compiling its functions takes, in one pass, before any compile.
//!
//! Some small functions keep a compiler busy for hours: deep loops over many variables, calls with a thousand
//! arguments. Each function is tallied while it is read, and reading ends as soon as a cap is passed, so that this
//! pass itself stays short.

use super::caps::{cap, malformed};
use super::tally::Tally;
use wasm_sandbox_policy::Result;
use wasmparser::{FuncToValidate, FuncValidatorAllocations, FunctionBody, OperatorsReader, Parser};
use wasmparser::{ValidPayload, Validator, ValidatorResources};

/// Units of work that all functions may take together (Ruby: 0.4e9).
const MODULE_WORK: u64 = 4_000_000_000;

/// Checks the code of a module whose declarations have been seen.
pub(super) fn check_code(bytes: &[u8]) -> Result<()> {
    let mut validator = Validator::new_with_features(crate::engine::features());
    let (mut scratch, mut work) = (FuncValidatorAllocations::default(), 0_u64);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(malformed)?;
        let valid = validator.payload(&payload).map_err(malformed)?;
        if let ValidPayload::Func(function, body) = valid {
            let units;
            (units, scratch) = check_function(function, &body, scratch)?;
            work = work.saturating_add(units);
            cap("units of work to compile", work, MODULE_WORK)?;
        }
    }
    Ok(())
}

/// Validates and tallies one function. The tally comes first: what it refuses would be long to validate, too.
fn check_function(
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    scratch: FuncValidatorAllocations,
) -> Result<(u64, FuncValidatorAllocations)> {
    let mut validator = function.into_validator(scratch);
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader).map_err(malformed)?;
    let mut tally = Tally::new(validator.len_locals().into());
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset().map_err(malformed)?;
        tally.see(&operator, &validator)?;
        validator.op(offset, &operator).map_err(malformed)?;
    }
    operators.finish().map_err(malformed)?;
    Ok((tally.finish()?, validator.into_allocations()))
}
