//! Parse, edit and verify a file with many sections: `cargo bench`. Time and peak memory must grow with the file.

use aws_mfa::Document;
use aws_mfa::Edit;
use aws_mfa::managed_keys;

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

const SECTIONS: [usize; 3] = [10, 1_000, 100_000];

fn main() {
    divan::main();
}

/// About 95 bytes a section.
fn file(sections: usize) -> String {
    let section = |n| {
        format!(
            "[profile-{n}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7\n\n"
        )
    };
    (0..sections).map(section).collect()
}

#[divan::bench(args = SECTIONS)]
fn append(bencher: divan::Bencher<'_, '_>, sections: usize) {
    edit(bencher, sections, "new");
}

#[divan::bench(args = SECTIONS)]
fn replace_in_the_middle(bencher: divan::Bencher<'_, '_>, sections: usize) {
    edit(bencher, sections, &format!("profile-{}", sections / 2));
}

fn edit(bencher: divan::Bencher<'_, '_>, sections: usize, name: &str) {
    let text = file(sections);
    let edits = managed_keys().map(|key| Edit {
        key,
        value: Some("value"),
    });
    bencher
        .counter(divan::counter::BytesCount::of_str(&text))
        .bench(|| {
            let document = Document::parse(text.as_bytes()).expect("it is UTF-8");
            document.set(name, &edits).expect("it can be edited")
        });
}
