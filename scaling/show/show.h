#ifndef PARKIT_SHOW_H
#define PARKIT_SHOW_H
/*
 * One writer per format. All take the same analysis and compute nothing; none fails but by the stream,
 * which the caller checks with ferror().
 *
 * How to add one: write show_NAME.c, declare it here, add it to the table of formats in report_main.c.
 */
#include "scaling/judge/analysis.h"
#include "scaling/show/picture.h"

#include <stdio.h>

/** @pictures: what picture_make() made; only the HTML format embeds them. May be empty, not NULL. */
typedef void show_function(FILE *out, const struct analysis *a, const struct pictures *pictures);

show_function show_text, show_markdown, show_csv, show_json, show_html;

#endif
