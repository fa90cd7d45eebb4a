//! Man pages, made of the same definitions and texts as `--help`.

use aws_mfa::{HelpBlock, HelpSection};
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

/// The sections of the help that have another name and a fixed place in man pages.
const AT_THE_END: [(&str, &str); 4] = [
    ("Exit codes", "EXIT STATUS"),
    ("Variables", "ENVIRONMENT"),
    ("Files", "FILES"),
    ("Examples", "EXAMPLES"),
];

/// The name of each page's file, and its text: first the program's, then its commands'.
pub fn pages() -> Vec<(String, String)> {
    let mut root = aws_mfa::command_line().disable_help_subcommand(true);
    root.build();
    let commands: Vec<Command> = [root.clone()]
        .into_iter()
        .chain(root.get_subcommands().cloned())
        .collect();
    let names: Vec<String> = commands.iter().map(name_of).collect();
    commands
        .into_iter()
        .zip(&names)
        .map(|(command, name)| (format!("{name}.1"), page(command, name, &names)))
        .collect()
}

/// `aws-mfa-check`, for example.
fn name_of(command: &Command) -> String {
    let name = command.get_display_name();
    name.unwrap_or(command.get_name()).to_owned()
}

fn page(command: Command, name: &str, names: &[String]) -> String {
    let sections = aws_mfa::help_sections(command.get_name());
    let headings = headings(&command);
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let command = command
        .override_usage(usage)
        .subcommand_help_heading("COMMANDS")
        .mut_args(with_whole_help);
    let man = Man::new(command)
        .title(name.to_uppercase())
        .source(format!("aws-mfa {}", env!("CARGO_PKG_VERSION")))
        .manual("aws-mfa manual");
    let mut head = Vec::new();
    man.render_title(&mut head).unwrap();
    man.render_name_section(&mut head).unwrap();
    man.render_synopsis_section(&mut head).unwrap();
    man.render_description_section(&mut head).unwrap();
    if name == names[0] {
        man.render_subcommands_section(&mut head).unwrap();
    }
    let mut options = Vec::new();
    man.render_options_section(&mut options).unwrap();
    let mut options = String::from_utf8(options).unwrap();
    for heading in headings {
        options = options.replace(
            &control_line("SH", &heading.to_uppercase()),
            &control_line("SS", &heading),
        );
    }
    let mut rest = Roff::new();
    push_sections(&mut rest, &sections);
    push_see_also(&mut rest, name, names);
    tidy(&[String::from_utf8(head).unwrap(), options, rest.render()].concat())
}

fn control_line(name: &str, argument: &str) -> String {
    Roff::new().control(name, [argument]).to_roff()
}

/// The headings of a command's options.
fn headings(command: &Command) -> Vec<String> {
    let headings = command.get_arguments().filter_map(Arg::get_help_heading);
    headings.map(str::to_owned).collect()
}

/// The text of an option as in `--help`: `Man` knows no aliases, and leaves out what `-h` does.
fn with_whole_help(arg: Arg) -> Arg {
    let text = arg.get_long_help().or_else(|| arg.get_help());
    let mut text = text.map(ToString::to_string).unwrap_or_default();
    if let Some(aliases) = arg.get_visible_aliases() {
        text.extend(["\n\n[alias: --", &aliases.join(", --"), "]"]);
    }
    arg.long_help(text)
}

fn push_sections(roff: &mut Roff, sections: &[HelpSection]) {
    let title = |section: &HelpSection| {
        let mut renamed = AT_THE_END.iter();
        renamed.position(|(title, _)| *title == section.title)
    };
    let mut ordered: Vec<&HelpSection> = sections.iter().collect();
    // What has no fixed place keeps its own, before those that have.
    ordered.sort_by_key(|section| title(section).map_or(0, |index| index + 1));
    for section in ordered {
        let heading = match title(section) {
            Some(index) => AT_THE_END[index].1.to_owned(),
            None => section.title.to_uppercase(),
        };
        roff.control("SH", [&*heading]);
        for block in &section.blocks {
            push_block(roff, block);
        }
    }
}

fn push_block(roff: &mut Roff, block: &HelpBlock) {
    match block {
        HelpBlock::Paragraph(text) => {
            roff.control("PP", []).text([roman(*text)]);
        }
        HelpBlock::Code(code) => push_code(roff, code),
        HelpBlock::Example { comment, command } => {
            let end = if comment.ends_with('?') { "" } else { ":" };
            roff.control("PP", []);
            roff.text([roman(*comment), roman(end)]);
            push_code(roff, command);
        }
        HelpBlock::Definition { term, meaning } => {
            roff.control("TP", []);
            roff.text([bold(term)]).text([roman(*meaning)]);
        }
    }
}

/// Lines that stand as they are.
fn push_code(roff: &mut Roff, code: &str) {
    roff.control("PP", []).control("RS", ["4"]);
    roff.control("nf", []);
    for line in code.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []).control("RE", []);
}

fn push_see_also(roff: &mut Roff, name: &str, names: &[String]) {
    roff.control("SH", ["SEE ALSO"]);
    let others = names.iter().filter(|other| *other != name);
    let mut line: Vec<Inline> = Vec::new();
    for other in others {
        let separator = if line.is_empty() { "" } else { ", " };
        line.extend([roman(separator), bold(other), roman("(1)")]);
    }
    roff.text(line);
}

/// What roff's writers leave: where text is broken, and characters that groff would show as others.
fn tidy(text: &str) -> String {
    let preamble: String = Roff::new().render();
    let mut tidy = preamble.clone();
    for line in text.replace(&preamble, "").lines() {
        match line {
            "" => tidy.push_str(".sp\n"),
            _ if line.starts_with(".TH ") => {
                // The date is empty, which has to be said.
                tidy.push_str(&line.replace("  ", " \"\" "));
                // Neither hyphens nor spaces that aren't in the text.
                tidy.push_str("\n.nh\n.ad l\n");
            }
            _ if line.starts_with(['.', '\'']) => tidy.extend([line, "\n"]),
            _ => {
                for c in line.chars() {
                    match c {
                        '~' => tidy.push_str("\\(ti"),
                        '^' => tidy.push_str("\\(ha"),
                        '`' => tidy.push_str("\\(ga"),
                        c if c.is_ascii() => tidy.push(c),
                        c => tidy.extend(["\\[u", &format!("{:04X}", u32::from(c)), "]"]),
                    }
                }
                tidy.push('\n');
            }
        }
    }
    tidy
}
