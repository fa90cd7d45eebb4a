//! What `-h`, `--help` and the man pages say beside what the options' definitions do. Pure.
//!
//! Only who asks for help pays for it: the definitions that command lines are read with have none of
//! this.

mod hand_over;
mod page;
mod pages;
mod section;
mod variables;

use clap::{Arg, Command};

use self::page::Page;
pub use self::section::{HelpBlock, HelpSection};

/// In columns: wider lines are hard to read.
pub(super) const MAX_WIDTH: usize = 120;

/// Shared options that are rarely needed: `-h` leaves them out.
const RARE: [&str; 12] = [
    "long_term_suffix",
    "long_term_profile",
    "short_term_suffix",
    "region",
    "credentials_file",
    "config_file",
    "min_remaining",
    "role_session_name",
    "external_id",
    "no_prompt",
    "quiet",
    "verbose",
];

/// What a command's help says after its options; the main job's command is `aws-mfa`. Empty if there
/// is no such command.
#[must_use]
pub fn help_sections(command: &str) -> Vec<HelpSection> {
    page(command).map(Page::sections).unwrap_or_default()
}

fn page(command: &str) -> Option<&'static Page> {
    pages::ALL.iter().find(|page| page.command == command)
}

/// Adds the help texts to a definition of the whole command line.
pub(crate) fn add_help(root: Command) -> Command {
    let shared: Vec<Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    let width = width();
    let root = match page(root.get_name()) {
        Some(page) => add_page(root, page, "aws-mfa", width),
        None => root,
    };
    root.mut_subcommands(|command| {
        let Some(page) = page(command.get_name()) else {
            return command;
        };
        // clap would add them itself, but the same to each command.
        let command = command.args(&shared);
        let name = format!("aws-mfa {}", page.command);
        add_page(command, page, &name, width)
    })
}

fn add_page(command: Command, page: &Page, name: &str, width: usize) -> Command {
    let command = command.mut_args(|arg| adapt(arg, page));
    let heading = *command.get_styles().get_header();
    let text = |section: HelpSection| section.text(&heading, width);
    let examples = text(page.example_section(page.everyday_examples));
    let sections: Vec<String> = page.sections().into_iter().map(text).collect();
    command
        .after_help(format!("{examples}\n\nFor details: {name} --help"))
        .after_long_help(sections.join("\n\n"))
}

/// One option, as this command's help has it.
fn adapt(arg: Arg, page: &Page) -> Arg {
    if arg.is_positional() {
        // Else it would stand below the heading of the options before it.
        return arg.help_heading(None::<&str>);
    }
    let id = arg.get_id().to_string();
    let is_rare = if RARE.contains(&&*id) {
        !page.everyday.contains(&&*id)
    } else {
        page.rare.contains(&&*id)
    };
    let is_hidden = arg.is_hide_set() || page.unused.contains(&&*id);
    let arg = arg.hide(is_hidden).hide_short_help(is_rare);
    match page.reworded.iter().find(|reworded| reworded.option == id) {
        Some(reworded) => arg.help(reworded.help).long_help(format!(
            "{}\n\n[default: {}]",
            reworded.help, reworded.default
        )),
        None => arg,
    }
}

/// How wide clap makes its texts, in columns. It tells nobody, so this looks at what it does.
fn width() -> usize {
    let probe = Command::new("probe")
        .max_term_width(MAX_WIDTH)
        .help_template("{about}")
        .about("x ".repeat(MAX_WIDTH))
        .render_help();
    let wrapped = probe.to_string();
    wrapped.lines().next().map_or(MAX_WIDTH, str::len)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::command_line;

    #[test]
    fn every_command_has_a_page_and_every_page_a_command() {
        let root = command_line();
        let commands = root.get_subcommands().map(Command::get_name);
        let commands: BTreeSet<&str> = commands.chain([root.get_name()]).collect();
        let pages: BTreeSet<&str> = pages::ALL.iter().map(|page| page.command).collect();
        assert_eq!(commands, pages);
    }

    #[test]
    fn pages_name_options_that_exist() {
        let mut root = command_line();
        root.build();
        for page in &pages::ALL {
            let command = root.find_subcommand(page.command).unwrap_or(&root);
            let options: BTreeSet<&str> = command
                .get_arguments()
                .map(|arg| arg.get_id().as_str())
                .collect();
            let reworded = page.reworded.iter().map(|reworded| reworded.option);
            let named = [page.unused, page.everyday, page.rare].concat();
            for option in named.into_iter().chain(reworded) {
                assert!(options.contains(option), "{}: {option}", page.command);
            }
            let unused: BTreeSet<&str> = page.unused.iter().copied().collect();
            let shown: BTreeSet<&str> = page.everyday.iter().copied().collect();
            assert!(unused.is_disjoint(&shown), "{}", page.command);
        }
        let of_main_job: Vec<&str> = root.get_arguments().map(|a| a.get_id().as_str()).collect();
        for option in RARE {
            assert!(of_main_job.contains(&option), "{option}");
        }
    }

    #[test]
    fn the_width_is_clap_s() {
        // Of a terminal or of `COLUMNS`, or else clap's own.
        let text = "word ".repeat(MAX_WIDTH);
        let command = Command::new("x").max_term_width(MAX_WIDTH).about(text);
        let help = command.help_template("{about}").render_help().to_string();
        let widest = help.lines().map(str::len).max().unwrap_or_default();
        assert!((widest..widest + "word ".len() + 1).contains(&width()));
    }
}
