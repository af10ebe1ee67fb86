#ifndef PARKIT_WIDE_H
#define PARKIT_WIDE_H
/* 128-bit counts: GCC and clang have the type on every 64-bit target, outside ISO C. */
__extension__ typedef unsigned __int128 uint128;
#endif
