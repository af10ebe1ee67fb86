/* Running gnuplot. What it is told stands in picture_script.c. */
#include "scaling/show/picture.h"

#include "common/message.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const picture_names[PICTURE_COUNT] = { "time", "speedup", "efficiency", "cost", "order", "heatmap" };

#define ERRORS "gnuplot.err"

extern char **environ;

static int make_folder(const char *parent, char **out)
{
    const char *temporary = getenv("TMPDIR");
    if (!parent)
        parent = temporary && *temporary ? temporary : "/tmp";
    if (asprintf(out, "%s/.parkit-pictures-XXXXXX", parent) < 0) {
        *out = NULL;
        return -ENOMEM;
    }
    if (mkdtemp(*out))
        return 0;
    int rc = -errno;
    message_error("cannot make a folder in %s: %s", parent, strerror(errno));
    free(*out);
    *out = NULL;
    return rc;
}

static int write_script(const struct analysis *a, const char *folder)
{
    char *path = NULL;
    if (asprintf(&path, "%s/" PICTURE_SCRIPT, folder) < 0)
        return -ENOMEM;
    FILE *f = fopen(path, "we");
    int rc = f ? 0 : -errno;
    if (f) {
        picture_script(f, a);
        if (ferror(f))
            rc = -EIO;
        if (fclose(f) != 0 && rc == 0)
            rc = -errno;
    }
    if (rc != 0)
        message_error("cannot write %s: %s", path, strerror(-rc));
    free(path);
    return rc;
}

/* The content of a file below @folder, NULL if it cannot be read or is empty. */
static char *slurp(const char *folder, const char *name, const char *suffix)
{
    char *path = NULL, *text = NULL;
    if (asprintf(&path, "%s/%s%s", folder, name, suffix) < 0)
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd >= 0 && fstat(fd, &about) == 0 && about.st_size > 0 && (text = malloc((size_t)about.st_size + 1))) {
        ssize_t got = read(fd, text, (size_t)about.st_size);
        text[got > 0 ? got : 0] = '\0';
        if (got != about.st_size) {
            free(text);
            text = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    free(path);
    return text;
}

/* gnuplot in @folder, its messages in ERRORS. Returns its wait status, or a negative errno value. */
static int run_gnuplot(const char *folder)
{
    /* -d: the user's own start-up file must not change the pictures */
    char *const command[] = { "gnuplot", "-d", PICTURE_SCRIPT, NULL };
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status = 0, rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return -rc;
    rc = posix_spawn_file_actions_addchdir_np(&files, folder);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, ERRORS, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawnp(&pid, command[0], &files, NULL, command, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc != 0)
        return -rc;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void say_no_pictures(const char *folder, int rc)
{
    if (rc < 0) {
        message_warn("no pictures: cannot run gnuplot (%s); the script " PICTURE_SCRIPT " can be run where it is installed",
            strerror(-rc));
        return;
    }
    char *text = slurp(folder, ERRORS, "");
    const char *line = text ? text + strspn(text, " \t\r\n^") : "it says nothing";
    message_warn("no pictures: gnuplot failed: %.*s", (int)strcspn(line, "\n"), line);
    free(text);
}

int picture_make(const struct analysis *a, const char *parent, struct pictures *out)
{
    *out = (struct pictures){ 0 };
    int rc = make_folder(parent, &out->folder);
    if (rc == 0)
        rc = write_script(a, out->folder);
    if (rc != 0) {
        pictures_destroy(out);
        return rc;
    }
    rc = run_gnuplot(out->folder);
    if (rc != 0)
        say_no_pictures(out->folder, rc);
    else
        for (int i = 0; i < PICTURE_COUNT; i++)
            out->svg[i] = slurp(out->folder, picture_names[i], ".svg");
    return 0;
}

/* The folder holds files only, all of them ours. */
static void remove_folder(const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *entry;
    while (d && (entry = readdir(d)))
        unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    rmdir(folder);
}

void pictures_destroy(struct pictures *p)
{
    if (p->folder)
        remove_folder(p->folder);
    free(p->folder);
    for (int i = 0; i < PICTURE_COUNT; i++)
        free(p->svg[i]);
    *p = (struct pictures){ 0 };
}
