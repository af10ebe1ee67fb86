/* What a command runs: its file, and what the file says of its making (ELF: compiler comment, libraries). */
#include "scaling/measure/machine.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- Which file --- */

static bool runs(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

char *machine_find(const char *word)
{
    if (strchr(word, '/'))
        return runs(word) ? strdup(word) : NULL;
    const char *path = getenv("PATH");
    char *folders = strdup(path ? path : "/bin:/usr/bin"), *rest = folders, *folder, *found = NULL;
    while (*word && !found && (folder = strsep(&rest, ":"))) {
        if (asprintf(&found, "%s/%s", *folder ? folder : ".", word) < 0)
            found = NULL;
        else if (!runs(found)) {
            free(found);
            found = NULL;
        }
    }
    free(folders);
    return found;
}

/* What only starts another program. */
static bool launches(const char *word)
{
    static const char *const launchers[] = { "mpirun", "mpiexec", "mpiexec.hydra", "orterun", "prun", "srun", "jsrun",
        "aprun", "env", "taskset", "numactl", "nice", "chrt", "time", "timeout", "stdbuf", "setsid", NULL };
    const char *slash = strrchr(word, '/');
    for (int i = 0; launchers[i]; i++)
        if (strcmp(slash ? slash + 1 : word, launchers[i]) == 0)
            return true;
    return false;
}

/* The words of a launcher are its options and their values; the first that is a file to run is the program. */
static char *program_of(char *const *command)
{
    char *found = machine_find(command[0]), *behind;
    if (!found || !launches(command[0]))
        return found;
    for (char *const *word = command + 1; *word; word++) {
        if (**word == '-' || !(behind = program_of(word)))
            continue;
        free(found);
        return behind;
    }
    return found;
}

/* --- What the file says --- */

struct image {
    const unsigned char *bytes;
    size_t size;
};

/* The section of that name, within the bounds of the file; an empty one if there is none. */
static struct image section(const struct image *file, const char *name)
{
    struct image none = { 0 };
    Elf64_Ehdr head;
    Elf64_Shdr names, s;
    if (file->size < sizeof head)
        return none;
    memcpy(&head, file->bytes, sizeof head);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_shentsize != sizeof s ||
        head.e_shoff > file->size || (file->size - head.e_shoff) / sizeof s < head.e_shnum || head.e_shstrndx >= head.e_shnum)
        return none;
    const unsigned char *table = file->bytes + head.e_shoff;
    memcpy(&names, table + head.e_shstrndx * sizeof s, sizeof names);
    for (unsigned i = 0; i < head.e_shnum; i++) {
        memcpy(&s, table + i * sizeof s, sizeof s);
        size_t at = names.sh_offset + s.sh_name;
        if (at < file->size && strnlen((const char *)file->bytes + at, file->size - at) < file->size - at &&
            strcmp((const char *)file->bytes + at, name) == 0 && s.sh_type != SHT_NOBITS && s.sh_offset <= file->size &&
            s.sh_size <= file->size - s.sh_offset)
            return (struct image){ file->bytes + s.sh_offset, s.sh_size };
    }
    return none;
}

/* .comment holds one string for each compiler that took part; the first is the program's own. */
static json_t *compiler(const struct image *file)
{
    struct image comment = section(file, ".comment");
    size_t length = comment.bytes ? strnlen((const char *)comment.bytes, comment.size) : 0;
    json_t *text = length ? json_stringn((const char *)comment.bytes, length) : NULL;
    return text ? text : json_null();
}

static json_t *libraries(const struct image *file)
{
    struct image dynamic = section(file, ".dynamic"), strings = section(file, ".dynstr");
    json_t *names = json_array();
    for (size_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic.size; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, dynamic.bytes + at, sizeof entry);
        size_t from = entry.d_un.d_val;
        if (entry.d_tag == DT_NEEDED && from < strings.size)
            json_array_append_new(names, json_stringn((const char *)strings.bytes + from,
                strnlen((const char *)strings.bytes + from, strings.size - from)));
    }
    return names;
}

static struct image map_file(const char *path, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = fd >= 0 && size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    return bytes == MAP_FAILED ? (struct image){ 0 } : (struct image){ bytes, size };
}

json_t *machine_program_json(char *const *command)
{
    char *path = program_of(command), modified[32] = "";
    struct stat about;
    struct tm when;
    if (!path || stat(path, &about) != 0) {
        free(path);
        return json_null();
    }
    struct image file = map_file(path, (size_t)about.st_size);
    if (gmtime_r(&about.st_mtime, &when))
        strftime(modified, sizeof modified, "%Y-%m-%dT%H:%M:%SZ", &when);
    json_t *o = json_pack("{s:o, s:I, s:s, s:o, s:o}", "path", json_string_nocheck(path), "bytes", (json_int_t)about.st_size,
        "modified", modified, "compiler", compiler(&file), "libraries", libraries(&file));
    if (file.bytes)
        munmap((void *)file.bytes, file.size);
    free(path);
    return o;
}

/* --- git --- */

static bool ask(const char *question, char *out, size_t size)
{
    FILE *f = popen(question, "re");
    bool answered = f && fgets(out, (int)size, f);
    if (f)
        pclose(f);
    out[answered ? strcspn(out, "\n") : 0] = '\0';
    return answered;
}

json_t *machine_revision(void)
{
    char revision[80], change[256];
    if (!ask("git rev-parse HEAD 2>/dev/null", revision, sizeof revision))
        return json_null();
    bool changed = ask("git status --porcelain --untracked-files=no 2>/dev/null", change, sizeof change);
    return json_sprintf("%s%s", revision, changed ? ", changed" : "");
}
