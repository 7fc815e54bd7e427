# SPDX-License-Identifier: Apache-2.0
#
# Turns the files of page/ into string constants, so that the program needs none of them when it runs.
# Modules become parts of one: their `import` lines go, and so does the word `export`; their names must
# therefore differ, which the page's own test would notice.
# usage: cmake -DPAGE=<folder> -DMODULES=<a;b;...> -DOUT=<file> -P page.cmake

function(as_constant name content)
  string(FIND "${content}" ")page\"" closing)
  if(NOT closing EQUAL -1)
    message(FATAL_ERROR "${name} has the end of a string constant in it")
  endif()
  file(APPEND ${OUT} "constexpr std::string_view ${name} = R\"page(${content})page\";\n")
endfunction()

file(WRITE ${OUT} "// Made from app/report/page/ by app/report/page.cmake.\n"
  "#include \"app/report/report_page.hpp\"\n\nnamespace luosim::app {\n\nnamespace {\n\n")
file(READ ${PAGE}/index.html html)
as_constant(kHtml "${html}")
file(READ ${PAGE}/style.css style)
as_constant(kStyle "${style}")
set(names "")
foreach(module ${MODULES})
  file(READ ${PAGE}/${module} text)
  string(REGEX REPLACE "(^|\n)import [^\n]*" "\\1" text "${text}")
  string(REGEX REPLACE "\nexport " "\n" text "${text}")
  string(REGEX REPLACE "[^a-z]" "_" name "k_${module}")
  as_constant(${name} "${text}")
  string(APPEND names "${name}, ")
endforeach()
file(APPEND ${OUT} "constexpr std::string_view kScripts[] = {${names}};\n\n}  // namespace\n\n"
  "ReportPage report_page() {\n  return {kHtml, kStyle, kScripts};\n}\n\n}  // namespace luosim::app\n")
