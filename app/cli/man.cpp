// SPDX-License-Identifier: Apache-2.0
#include "app/cli/man.hpp"

#include <filesystem>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/exit_code.hpp"
#include "app/cli/roff.hpp"
#include "app/cli/version.hpp"
#include "app/cli/write_file.hpp"
#include "app/scenario/nearest_word.hpp"

namespace luosim::app {

namespace {

struct ManArguments {
  std::string page;
  std::string folder;
};

void add_options(RoffPage& page, const CommandText& command) {
  page.heading("OPTIONS");
  for (const std::vector<OptionText>* options : {&command.positionals, &command.options}) {
    for (const OptionText& option : *options) {
      std::string about = option.about + ".";
      if (!option.choices.empty())
        about += fmt::format("\nOne of {}.", fmt::join(option.choices, ", "));
      if (option.repeats) about += "\nTakes several.";
      page.entry(fmt::format("{}", fmt::join(option.names, ", ")), option.value, about);
    }
  }
}

void add_exit_status(RoffPage& page) {
  page.heading("EXIT STATUS");
  for (const ExitCode& code : kExitCodes) page.entry(std::to_string(code.number), "", code.about);
}

std::string synopsis(const CommandText& program, const CommandText& command) {
  std::string text = fmt::format("{} {} [OPTIONS]", program.name, command.name);
  for (const OptionText& positional : command.positionals) {
    const std::string word = positional.name() + (positional.repeats ? "..." : "");
    text += positional.is_required ? " " + word : " [" + word + "]";
  }
  return text;
}

// The first letter small, as a manual begins what it is about.
std::string about(const CommandText& command) {
  std::string text = command.purpose;
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

ManualPage command_page(const CommandText& program, const CommandText& command) {
  ManualPage manual{program.name + "-" + command.name, 1, {}};
  RoffPage page(manual.name, manual.section, about(command));
  page.heading("SYNOPSIS");
  page.paragraph(synopsis(program, command));
  page.heading("DESCRIPTION");
  page.paragraph(command.purpose + ".");
  if (!command.footer.empty()) page.paragraph(command.footer);
  add_options(page, command);
  add_exit_status(page);
  page.heading("SEE ALSO");
  page.paragraph(fmt::format("{}(1), {}-scenario(5)", program.name, program.name));
  manual.text = page.text();
  return manual;
}

ManualPage program_page(const CommandText& program) {
  ManualPage manual{program.name, 1, {}};
  RoffPage page(manual.name, manual.section, about(program));
  page.heading("SYNOPSIS");
  page.paragraph(program.name + " COMMAND [OPTIONS]");
  page.heading("DESCRIPTION");
  page.paragraph(
      "luosim replays live updates of Linux (Kexec HandOver and the Live Update Orchestrator) as a "
      "discrete-event model of the whole machine, deterministically, and says which guarantee "
      "broke.");
  page.example(version_text());
  page.heading("COMMANDS");
  std::string others = program.name + "-scenario(5)";
  for (const CommandText& command : program.commands) {
    page.entry(command.name, "", command.purpose + ".");
    others += fmt::format(", {}-{}(1)", program.name, command.name);
  }
  add_options(page, program);
  add_exit_status(page);
  page.heading("SEE ALSO");
  page.paragraph(others);
  manual.text = page.text();
  return manual;
}

// `man1/luosim-run.1`: a folder that MANPATH can name.
std::filesystem::path file_name(const ManualPage& page) {
  return std::filesystem::path(fmt::format("man{}", page.section)) /
         fmt::format("{}.{}", page.name, page.section);
}

int write_pages(const std::filesystem::path& folder, const std::vector<ManualPage>& pages,
                std::ostream& errors) {
  for (const ManualPage& page : pages) {
    const std::filesystem::path file = folder / file_name(page);
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (!write_file(file.string(), page.text, errors)) return kBadInput;
  }
  return kHeld;
}

int print_page(const std::string& wanted, const std::vector<ManualPage>& pages,
               std::ostream& output, std::ostream& errors) {
  std::vector<std::string_view> names;
  const std::string& program = pages.front().name;
  for (const ManualPage& page : pages) {
    // `run` is enough for luosim-run.
    const bool is_program = page.name == program;
    names.push_back(is_program ? std::string_view(page.name)
                               : std::string_view(page.name).substr(program.size() + 1));
    if (wanted != page.name && wanted != names.back()) continue;
    output << page.text;
    return kHeld;
  }
  errors << "luosim: no manual page is called '" << wanted << '\'';
  if (const auto nearest = nearest_word(wanted, names))
    errors << "; did you mean '" << *nearest << "'?";
  errors << '\n';
  return kBadInput;
}

}  // namespace

std::vector<ManualPage> manual_pages(const CommandText& program) {
  std::vector<ManualPage> pages{program_page(program)};
  for (const CommandText& command : program.commands)
    pages.push_back(command_page(program, command));
  pages.push_back(scenario_page());
  return pages;
}

Action add_man(CLI::App& command) {
  const auto arguments = std::make_shared<ManArguments>();
  command.add_option("PAGE", arguments->page, "A command, or scenario; luosim itself without it");
  command.add_option("--out", arguments->folder, "Writes all pages as files instead")
      ->type_name("DIR");
  command.footer("To read one: luosim man run | man -l -");
  return [arguments, &command](std::ostream& output, std::ostream& errors) {
    const std::vector<ManualPage> pages = manual_pages(program_text(command));
    if (!arguments->folder.empty()) return write_pages(arguments->folder, pages, errors);
    return print_page(arguments->page.empty() ? pages.front().name : arguments->page, pages, output,
                      errors);
  };
}

}  // namespace luosim::app
