//! Writes the seeds of every target below the directory in its argument, and prints the names of the targets.

fn main() {
    let directory = std::env::args_os().nth(1).map(std::path::PathBuf::from).expect("a directory");
    for (name, _, seeds) in fuzz::TARGETS {
        let corpus = directory.join(name);
        std::fs::create_dir_all(&corpus).expect("the directory can be written");
        for (number, seed) in seeds().into_iter().enumerate() {
            std::fs::write(corpus.join(format!("seed-{number}")), seed).expect("a seed");
        }
        println!("{name}");
    }
}
