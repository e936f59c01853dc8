//! Tells the linker what a Node-API addon needs on this platform: its symbols come from the process that
//! loads it. Decides nothing else about the build.

fn main() {
    napi_build::setup();
}
