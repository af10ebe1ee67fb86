#include "scaling/show/publish.h"

#include "common/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    show_function *show;
} files[] = {
    { "summary.csv", show_csv },
    { "summary.json", show_json },
    { "report.md", show_markdown },
    { "report.html", show_html },
};

static int say_cannot_write(const char *path, int rc)
{
    message_error("cannot write %s: %s", path, strerror(-rc));
    return rc;
}

static int close_written(FILE *f)
{
    int rc = ferror(f) ? -EIO : 0;
    if (rc == 0 && (fflush(f) != 0 || fsync(fileno(f)) != 0))
        rc = -errno;
    if (fclose(f) != 0 && rc == 0)
        rc = -errno;
    return rc;
}

static int write_file(const char *folder, const char *name, show_function *show, const struct analysis *a,
                      const struct pictures *pictures)
{
    char *path = NULL, *temporary = NULL;
    int rc = -ENOMEM;
    if (asprintf(&path, "%s/%s", folder, name) < 0 || asprintf(&temporary, "%s.part", path) < 0)
        goto out;
    FILE *f = fopen(temporary, "we");
    if (f) {
        show(f, a, pictures);
        rc = close_written(f);
    } else {
        rc = -errno;
    }
    if (rc == 0 && rename(temporary, path) != 0)
        rc = -errno;
    if (rc != 0) {
        if (f)
            unlink(temporary);
        say_cannot_write(path, rc);
    }
out:
    free(temporary);
    free(path);
    return rc;
}

/* Move a file from the folder of the pictures to its place; one that was not made is removed there,
   so that no picture of an earlier report stands beside the new tables. */
static int move_file(const struct pictures *pictures, const char *folder, const char *name, const char *suffix)
{
    char *from = NULL, *to = NULL;
    int rc = -ENOMEM;
    if (asprintf(&from, "%s/%s%s", pictures->folder, name, suffix) < 0 || asprintf(&to, "%s/%s%s", folder, name, suffix) < 0)
        goto out;
    rc = rename(from, to) == 0 ? 0 : -errno;
    if (rc == -ENOENT)
        rc = unlink(to) == 0 || errno == ENOENT ? 0 : -errno;
    if (rc != 0)
        say_cannot_write(to, rc);
out:
    free(from);
    free(to);
    return rc;
}

static int move_pictures(const struct pictures *pictures, const char *folder)
{
    int rc = move_file(pictures, folder, PICTURE_SCRIPT, "");
    for (int i = 0; i < PICTURE_COUNT && rc == 0; i++) {
        rc = move_file(pictures, folder, picture_names[i], ".svg");
        if (rc == 0)
            rc = move_file(pictures, folder, picture_names[i], ".png");
    }
    return rc;
}

int publish_all(const struct analysis *a, const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return say_cannot_write(folder, -errno);
    struct pictures pictures;
    int rc = picture_make(a, folder, &pictures);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++)
        rc = write_file(folder, files[i].name, files[i].show, a, &pictures);
    if (rc == 0)
        rc = move_pictures(&pictures, folder);
    pictures_destroy(&pictures);
    return rc;
}
