#ifndef PARKIT_BUILD_INFO_H
#define PARKIT_BUILD_INFO_H
/* What was built: constant strings for --version and for every result. */
extern const char *const build_version;  /* "0.1.0"                            */
extern const char *const build_compiler; /* "gcc 12.2.0"                       */
extern const char *const build_flags;    /* "-O3", with the user's CFLAGS last */
#endif
