//! What every guest may import, by name and type: read off the linker itself, so that it cannot be out of date.

use crate::store::StoreData;
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, LazyLock};
use wasmtime::{Engine, Linker, Store};

/// Types of a function's parameters and results, such as `i32`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) params: Vec<String>,
    pub(crate) results: Vec<String>,
}

type Catalog = HashMap<(String, String), Signature>;

/// The type of a function that is given to every guest; `None` where there is none of this name.
pub(crate) fn provided(module: &str, name: &str) -> Option<&'static Signature> {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| read().unwrap_or_default());
    CATALOG.get(&(module.to_owned(), name.to_owned()))
}

fn read() -> Result<Catalog, Box<dyn Error>> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    super::add_to_linker(&mut linker)?;
    let mut store = bare_store(&engine)?;
    let items: Vec<_> =
        linker.iter(&mut store).map(|(module, name, item)| ((module.to_owned(), name.to_owned()), item)).collect();
    let functions = items.into_iter().filter_map(|(key, item)| Some((key, item.into_func()?.ty(&store))));
    Ok(functions
        .map(|(key, ty)| {
            let params = ty.params().map(|t| t.to_string()).collect();
            let results = ty.results().map(|t| t.to_string()).collect();
            (key, Signature { params, results })
        })
        .collect())
}

/// A store for asking the linker what it has; nothing runs in it.
fn bare_store(engine: &Engine) -> Result<Store<StoreData>, Box<dyn Error>> {
    let watchdog = crate::time::Watchdog::start()?;
    let slot = crate::time::Slot::new(&watchdog);
    watchdog.stop();
    Ok(Store::new(engine, StoreData::bare(Arc::default(), slot)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_knows_names_and_types() {
        let time = provided("env", "time").unwrap();
        assert_eq!((time.params.len(), time.results.as_slice()), (0, &["i64".to_owned()][..]));
        let store = provided("extism:host/env", "store_u8").unwrap();
        assert_eq!(store.params, ["i64", "i32"]);
        assert!(provided("wasi_snapshot_preview1", "fd_write").is_some());
        assert!(provided("wasi_snapshot_preview1", "fd_fly").is_none());
    }
}
