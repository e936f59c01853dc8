//! Thousands of random operations on the tree and on a model that is too simple to be wrong in the same way:
//! a map from plain absolute paths to nodes.

use super::*;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
enum Thing {
    Dir,
    File(Vec<u8>),
    Link(String),
}

struct Model(BTreeMap<String, Thing>);

/// Where a path leads in the model: the plain path, whether a slash or dots ended it, and whether it has a name.
struct Spot {
    path: String,
    slash: bool,
    named: bool,
}

fn parent(path: &str) -> String {
    let cut = path.rfind('/').unwrap();
    if cut == 0 { "/".to_owned() } else { path[..cut].to_owned() }
}

impl Model {
    fn get(&self, path: &str) -> Option<&Thing> {
        self.0.get(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.get(path) == Some(&Thing::Dir)
    }

    fn has_children(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.0.keys().any(|key| key.starts_with(&prefix))
    }

    /// Rewrites the path step by step until it is plain.
    fn walk(&self, path: &str, last: Last) -> Result<Spot, Errno> {
        let mut todo: Vec<String> = path.split('/').map(str::to_owned).collect();
        let (mut here, mut links, mut named, mut must) = ("/".to_owned(), 0, false, false);
        while !todo.is_empty() {
            let part = todo.remove(0);
            let final_part = todo.iter().all(|p| p.is_empty());
            let slash = final_part && !todo.is_empty();
            if part.is_empty() {
                continue;
            }
            if !self.is_dir(&here) {
                return Err(if self.get(&here).is_none() { Errno::NotFound } else { Errno::NotDirectory });
            }
            named = false;
            if part == "." {
                continue;
            }
            if part == ".." {
                here = if here == "/" { here } else { parent(&here) };
                continue;
            }
            named = true;
            must |= slash;
            let next = if here == "/" { format!("/{part}") } else { format!("{here}/{part}") };
            if let Some(Thing::Link(target)) = self.get(&next)
                && (!final_part || last == Last::Follow || (last == Last::Stay && must))
            {
                links += 1;
                if links > 32 {
                    return Err(Errno::Loop);
                }
                if target.starts_with('/') {
                    here = "/".to_owned();
                }
                let mut front: Vec<String> = target.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                if target.ends_with('/') {
                    front.push(String::new());
                }
                front.extend(todo);
                todo = front;
                named = false;
                continue;
            }
            here = next;
        }
        if named && must && last != Last::Entry && self.get(&here).is_some_and(|t| *t != Thing::Dir) {
            return Err(Errno::NotDirectory);
        }
        Ok(Spot { path: here, slash: must || !named, named })
    }

    fn insert_new(&mut self, spot: &Spot, thing: Thing) -> Result<(), Errno> {
        if !spot.named || self.get(&spot.path).is_some() {
            return Err(Errno::Exists);
        }
        self.0.insert(spot.path.clone(), thing);
        Ok(())
    }

    fn create(&mut self, path: &str) -> Result<String, Errno> {
        let spot = self.walk(path, Last::Follow)?;
        match self.get(&spot.path) {
            Some(Thing::Dir) => Err(Errno::IsDirectory),
            Some(_) => Ok(spot.path),
            None if spot.slash => Err(Errno::IsDirectory),
            None => self.insert_new(&spot, Thing::File(Vec::new())).map(|()| spot.path),
        }
    }

    fn symlink(&mut self, target: &str, path: &str) -> Result<(), Errno> {
        let spot = self.walk(path, Last::Entry)?;
        match self.get(&spot.path) {
            None if spot.slash => Err(Errno::NotFound),
            Some(thing) if spot.slash && *thing != Thing::Dir => Err(Errno::NotDirectory),
            _ => self.insert_new(&spot, Thing::Link(target.to_owned())),
        }
    }

    fn unlink(&mut self, path: &str) -> Result<(), Errno> {
        let spot = self.walk(path, Last::Entry)?;
        match self.get(&spot.path) {
            None => Err(Errno::NotFound),
            Some(Thing::Dir) => Err(Errno::IsDirectory),
            Some(_) if spot.slash => Err(Errno::NotDirectory),
            Some(_) => {
                self.0.remove(&spot.path);
                Ok(())
            }
        }
    }

    fn rmdir(&mut self, path: &str) -> Result<(), Errno> {
        let spot = self.walk(path, Last::Entry)?;
        match self.get(&spot.path) {
            None => Err(Errno::NotFound),
            _ if spot.path == "/" => Err(Errno::Busy),
            _ if !spot.named => Err(Errno::Invalid),
            Some(Thing::Dir) if self.has_children(&spot.path) => Err(Errno::NotEmpty),
            Some(Thing::Dir) => {
                self.0.remove(&spot.path);
                Ok(())
            }
            Some(_) => Err(Errno::NotDirectory),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.walk(from, Last::Entry)?, self.walk(to, Last::Entry)?);
        let Some(thing) = self.get(&from.path) else {
            return Err(Errno::NotFound);
        };
        if !from.named || !to.named {
            return Err(Errno::Busy);
        }
        let dir = *thing == Thing::Dir;
        if (from.slash || to.slash) && !dir {
            return Err(Errno::NotDirectory);
        }
        if dir && to.path.starts_with(&format!("{}/", from.path)) {
            return Err(Errno::Invalid);
        }
        if from.path == to.path {
            return Ok(());
        }
        match self.get(&to.path) {
            Some(Thing::Dir) if !dir => return Err(Errno::IsDirectory),
            Some(Thing::Dir) if self.has_children(&to.path) => return Err(Errno::NotEmpty),
            Some(Thing::Dir) | None => {}
            Some(_) if dir => return Err(Errno::NotDirectory),
            Some(_) => {}
        }
        self.0.remove(&to.path);
        let below = format!("{}/", from.path);
        let moved: Vec<String> =
            self.0.keys().filter(|key| **key == from.path || key.starts_with(&below)).cloned().collect();
        for key in moved {
            let thing = self.0.remove(&key).unwrap();
            self.0.insert(format!("{}{}", to.path, &key[from.path.len()..]), thing);
        }
        Ok(())
    }
}

/// The tree as the model would have it.
fn image(bench: &Bench) -> BTreeMap<String, Thing> {
    let mut found = BTreeMap::new();
    let mut open = vec![(ROOT, "/".to_owned())];
    while let Some((id, path)) = open.pop() {
        let thing = match bench.tree.kind(id).unwrap() {
            Kind::File => Thing::File(bench.tree.bytes(id).unwrap()),
            Kind::Link => Thing::Link(bench.tree.read_link(id).unwrap().to_owned()),
            Kind::Directory => {
                for name in bench.tree.list(id, 2).unwrap().map(|(.., name)| name) {
                    let child = bench.tree.directory(id).unwrap().names[name];
                    open.push((child, format!("{}/{name}", path.trim_end_matches('/'))));
                }
                Thing::Dir
            }
        };
        found.insert(path, thing);
    }
    found
}

fn random_path(rng: &mut ChaCha20Rng) -> String {
    let parts = ["a", "b", "c", "d", "e", "..", ".", "tmp", ""];
    let count = rng.random_range(1..=4);
    let path: Vec<&str> = (0..count).map(|_| *parts.choose(rng).unwrap()).collect();
    let (before, after) = (["", "/"].choose(rng).unwrap(), ["", "", "", "/"].choose(rng).unwrap());
    let path = format!("{before}{}{after}", path.join("/"));
    if path.is_empty() { "/".to_owned() } else { path }
}

#[test]
fn random_operations_agree_with_the_model() {
    let mut succeeded = [0u32; 8];
    for seed in 0..60 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut bench = Bench::new(Limits { files: 1_000_000, ..Limits::default() });
        let mut model = Model(BTreeMap::from([("/".to_owned(), Thing::Dir), ("/tmp".to_owned(), Thing::Dir)]));
        for step in 0..1000 {
            let (path, other) = (random_path(&mut rng), random_path(&mut rng));
            let kind = rng.random_range(0..8);
            let what = format!("seed {seed} step {step} kind {kind}: {path:?} {other:?}");
            let (mine, theirs) = match kind {
                0 => (
                    bench.mkdir(&path).map(drop),
                    model.walk(&path, Last::Entry).and_then(|spot| model.insert_new(&spot, Thing::Dir)),
                ),
                1 | 2 => {
                    let (offset, length) = (rng.random_range(0..200_000), rng.random_range(0..70_000));
                    let bytes = vec![rng.random(); if kind == 1 { 3 } else { length }];
                    let mine = bench
                        .create(&path)
                        .and_then(|id| bench.write_at(id, offset, &bytes))
                        .map(|n| assert_eq!(n, bytes.len()));
                    let theirs = model.create(&path).map(|path| {
                        let Some(Thing::File(content)) = model.0.get_mut(&path) else { panic!("{what}") };
                        let end = offset as usize + bytes.len();
                        if !bytes.is_empty() {
                            content.resize(content.len().max(end), 0);
                            content[offset as usize..end].copy_from_slice(&bytes);
                        }
                    });
                    (mine, theirs)
                }
                3 => {
                    let size = rng.random_range(0..150_000);
                    let mine = bench.create(&path).and_then(|id| bench.set_size(id, size));
                    let theirs = model.create(&path).map(|path| {
                        let Some(Thing::File(content)) = model.0.get_mut(&path) else { panic!("{what}") };
                        content.resize(size as usize, 0);
                    });
                    (mine, theirs)
                }
                4 => (bench.unlink(&path), model.unlink(&path)),
                5 => (bench.rmdir(&path), model.rmdir(&path)),
                6 => (bench.rename(&path, &other), model.rename(&path, &other)),
                _ => (bench.link(&other, &path).map(drop), model.symlink(&other, &path)),
            };
            assert_eq!(mine, theirs, "{what}");
            succeeded[kind] += u32::from(mine.is_ok());
            if step % 50 == 49 {
                assert_eq!(image(&bench), model.0, "{what}");
                let bytes: u64 =
                    model.0.values().map(|t| if let Thing::File(b) = t { b.len() as u64 } else { 0 }).sum();
                assert_eq!(bench.tree.used_bytes(), bytes, "{what}");
            }
        }
        // Taking everything away gives everything back.
        bench.limits.files = 0;
        let mut paths: Vec<String> = model.0.keys().filter(|path| *path != "/").cloned().collect();
        paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
        for path in paths {
            if model.is_dir(&path) { bench.rmdir(&path).unwrap() } else { bench.unlink(&path).unwrap() }
        }
        assert_eq!((bench.tree.used_nodes(), bench.tree.used_bytes(), bench.meter.used()), (0, 0, 0), "seed {seed}");
    }
    assert!(succeeded.iter().all(|n| *n > 100), "every kind of operation must have worked often: {succeeded:?}");
}
