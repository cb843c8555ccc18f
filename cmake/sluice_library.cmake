# Libraries that keep to their layer. A library is a folder of src/; USES names every other library whose headers it
# may include. cmake/check_includes.py holds the sources to that, and since only USES is linked, a symbol of another
# library does not link either.

# sluice_library(NAME SOURCES file... USES library... LINKS target... PRECOMPILE header...)
# Sources are relative to src/NAME. LINKS are outside libraries; they stay private to NAME unless put in PUBLIC_LINKS.
# PRECOMPILE names headers, relative to src/, that most of its sources include.
function(sluice_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS;PUBLIC_LINKS;PRECOMPILE" ${ARGN})
  add_library(sluice_${name} STATIC ${ARG_SOURCES})
  target_include_directories(sluice_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND sluice_ OUTPUT_VARIABLE used_targets)
  target_link_libraries(sluice_${name} PUBLIC ${used_targets} ${ARG_PUBLIC_LINKS} PRIVATE ${ARG_LINKS})
  list(TRANSFORM ARG_PRECOMPILE PREPEND ${CMAKE_SOURCE_DIR}/src/)
  sluice_precompile(sluice_${name} ${name} ${ARG_PRECOMPILE})
  sluice_check_includes(${name} ${ARG_USES})
endfunction()

# Most of what a small file costs is the standard library's headers, so they are compiled once. A source still includes
# what it uses: `cmake -DSLUICE_PRECOMPILE=OFF` builds without.
option(SLUICE_PRECOMPILE "Compile common headers once" ON)
set(SLUICE_COMMON_HEADERS <algorithm> <chrono> <expected> <fmt/format.h> <functional> <map> <memory> <optional> <set>
    <span> <string> <string_view> <unordered_map> <variant> <vector>)
function(sluice_precompile target name)
  if(NOT SLUICE_PRECOMPILE OR name MATCHES "^wire")  # wire/ has headers of its own to precompile.
    return()
  endif()
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Xclang;-fno-pch-timestamp>)
  if(ARGN OR name STREQUAL "base")
    target_precompile_headers(${target} PRIVATE ${SLUICE_COMMON_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM sluice_base)
  endif()
endfunction()

function(sluice_check_includes name)
  file(GLOB_RECURSE checked CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.h ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.includes-checked)
  add_custom_command(OUTPUT ${stamp}
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/cmake/check_includes.py
            --library ${name} --uses "${ARGN}" --source ${CMAKE_SOURCE_DIR}/src --stamp ${stamp}
    DEPENDS ${checked} ${CMAKE_SOURCE_DIR}/cmake/check_includes.py
    COMMENT "Checking what ${name} includes" VERBATIM)
  add_custom_target(sluice_${name}_includes DEPENDS ${stamp})
  add_dependencies(sluice_${name} sluice_${name}_includes)
endfunction()

# sluice_tests(NAME USES library... [LINKS target...]): one test program of every *_test.cc in this folder, so that no
# test can be left out of the build.
function(sluice_tests name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  add_executable(${name}_tests ${sources})
  list(TRANSFORM ARG_USES PREPEND sluice_ OUTPUT_VARIABLE used_targets)
  target_link_libraries(${name}_tests PRIVATE ${used_targets} ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  target_include_directories(${name}_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name}_tests PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(SLUICE_PRECOMPILE)
    target_compile_options(${name}_tests PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Xclang;-fno-pch-timestamp>)
    target_precompile_headers(${name}_tests PRIVATE <gtest/gtest.h> ${SLUICE_COMMON_HEADERS})
  endif()
  gtest_discover_tests(${name}_tests DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# sluice_fuzzer(NAME SOURCE file USES library...): a libFuzzer target; ctest runs it for SLUICE_FUZZ_SECONDS on the
# corpus in tests/fuzz/corpus/NAME.
set(SLUICE_FUZZ_SECONDS 60 CACHE STRING "How long ctest runs each fuzzer")
function(sluice_fuzzer name)
  cmake_parse_arguments(ARG "" "SOURCE" "USES" ${ARGN})
  if(NOT SLUICE_FUZZERS)
    return()
  endif()
  add_executable(${name}_fuzzer ${ARG_SOURCE})
  add_dependencies(fuzzers ${name}_fuzzer)
  list(TRANSFORM ARG_USES PREPEND sluice_ OUTPUT_VARIABLE used_targets)
  target_link_libraries(${name}_fuzzer PRIVATE ${used_targets})
  target_link_options(${name}_fuzzer PRIVATE -fsanitize=fuzzer)
  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${found} ${CMAKE_CURRENT_BINARY_DIR}/findings)
  add_test(NAME fuzz.${name}
    COMMAND ${name}_fuzzer -max_total_time=${SLUICE_FUZZ_SECONDS} -rss_limit_mb=2048 -timeout=10
            -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/findings/${name}- ${found}
            ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
endfunction()
