//! Makes the folder that the console is embedded from, so that the server builds before the console does.
//!
//! An empty folder embeds nothing; the server then says how the console is built.

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../console/dist");
    println!("cargo::rerun-if-changed={}", folder.display());
    std::fs::create_dir_all(folder)
}
