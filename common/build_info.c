#include "common/build_info.h"

const char *const build_version = PARKIT_VERSION;
const char *const build_flags = PARKIT_FLAGS;
#if defined(__clang__)
const char *const build_compiler = "clang " __clang_version__;
#elif defined(__GNUC__)
const char *const build_compiler = "gcc " __VERSION__;
#else
const char *const build_compiler = "unknown";
#endif
