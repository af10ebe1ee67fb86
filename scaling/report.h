#ifndef PARKIT_REPORT_H
#define PARKIT_REPORT_H
/* The other forms of parkit-report. Arguments as those of main(), argv[0] being the word that names the form; they return
 * the exit code. */

/** report_compare() - two studies point by point; EXIT_WRONG if any point became slower. */
int report_compare(int argc, char **argv);

/** report_history() - studies of one program on one machine in the order of their dates. */
int report_history(int argc, char **argv);

#endif
