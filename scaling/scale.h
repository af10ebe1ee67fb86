#ifndef PARKIT_SCALE_H
#define PARKIT_SCALE_H
/* parkit-scale: a scaling study of any command, from its options to its report. */

/** scale_main() - the program; returns its exit code, or ends by the signal that it was told to end by. */
int scale_main(int argc, char **argv);

#endif
