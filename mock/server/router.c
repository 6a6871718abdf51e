#include "server/router.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum { MOCK_MAX_SERVICES = 8 };

static const struct {
    enum mock_method method;
    const char *name;
} methods[] = {
    {HTTP_GET, "GET"},     {HTTP_GET, "HEAD"},      {HTTP_POST, "POST"},       {HTTP_PUT, "PUT"},
    {HTTP_PATCH, "PATCH"}, {HTTP_DELETE, "DELETE"}, {HTTP_OPTIONS, "OPTIONS"},
};

enum mock_method mock_method_of(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, text) == 0) {
            return methods[i].method;
        }
    }
    return HTTP_OTHER;
}

const char *mock_method_names(struct arena *arena, unsigned set)
{
    AUTO(strbuf) text = STRBUF(0);

    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if ((set & methods[i].method) != 0 && strcmp(methods[i].name, "HEAD") != 0) {
            strbuf_addf(&text, "%s%s", text.len > 0 ? ", " : "", methods[i].name);
        }
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static bool same(const char *a, const char *b, size_t len, bool fold)
{
    return (fold ? strncasecmp(a, b, len) : strncmp(a, b, len)) == 0;
}

/* Where `text` of `len` bytes is first found in `in`; NULL when it is not. */
static const char *find(const char *in, const char *text, size_t len, bool fold)
{
    for (; *in != '\0'; in++) {
        if (strlen(in) >= len && same(in, text, len, fold)) {
            return in;
        }
    }
    return NULL;
}

/*
 * Fits one segment of a template, `len` bytes at `template`, to a decoded segment of the path. A
 * part in braces takes at least one character, up to where the text behind it begins; the last one
 * of a segment, up to where that text ends it.
 */
static bool fit_segment(struct mock_call *call, size_t *vars, const char *template, size_t len,
                        const char *segment)
{
    bool fold = call->service->fold_case;
    const char *end = template + len;

    for (;;) {
        const char *open = memchr(template, '{', (size_t)(end - template)), *close, *stop;
        size_t before = (size_t)((open != NULL ? open : end) - template), after, have;

        if (open == NULL) {
            return strlen(segment) == before && same(template, segment, before, fold);
        }
        if (strlen(segment) <= before || !same(template, segment, before, fold)) {
            return false;
        }
        segment += before;
        close = memchr(open, '}', (size_t)(end - open));
        template = close + 1;
        open = memchr(template, '{', (size_t)(end - template));
        after = (size_t)((open != NULL ? open : end) - template);
        have = strlen(segment);
        stop = open != NULL   ? find(segment + 1, template, after, fold)
               : have > after ? segment + have - after
                              : NULL;
        if (stop == NULL || *vars >= MOCK_MAX_VARS ||
            (open == NULL && !same(template, stop, after, fold))) {
            return false;
        }
        call->vars[(*vars)++] =
            *stop == '\0' ? segment : arena_dup(call->arena, segment, (size_t)(stop - segment));
        segment = stop;
    }
}

static size_t count_segments(const char *template)
{
    size_t count = 0;

    for (; *template != '\0'; template ++) {
        count += *template == '/';
    }
    return count;
}

static bool fits(struct mock_call *call, const char *template)
{
    size_t vars = 0;

    for (size_t i = 0; i < call->path.count; i++) {
        const char *segment = call->path.segments[i];
        size_t len;

        template ++;
        len = strcspn(template, "/");
        if (i == 0 && call->service->alias[0] != NULL &&
            same(segment, call->service->alias[0], strlen(call->service->alias[0]) + 1, false)) {
            segment = call->service->alias[1];
        }
        if (!fit_segment(call, &vars, template, len, segment)) {
            return false;
        }
        template += len;
    }
    return true;
}

/* What is asked of every template at every request, counted once a process. */
enum { MOST_SEGMENTS = 12 };
struct shape {
    size_t segments;
    size_t literal; /* characters outside of braces */
    /* What stands before the first and behind the last brace of a segment decides fast. */
    struct {
        const char *text;
        size_t len, before, after; /* without braces: all of it is before */
    } ends[MOST_SEGMENTS];
};

static struct shape shape_of(const char *template)
{
    struct shape shape = {.segments = count_segments(template)};

    for (size_t i = 0; i < shape.segments; i++) {
        size_t len = strcspn(++template, "/");
        const char *open = memchr(template, '{', len), *close = memrchr(template, '}', len);

        for (size_t at = 0, outside = 1; at < len; at++) {
            outside = outside && template[at] != '{';
            shape.literal += outside;
            outside = outside || template[at] == '}';
        }
        if (i < MOST_SEGMENTS) {
            shape.ends[i].text = template;
            shape.ends[i].len = len;
            shape.ends[i].before = open != NULL ? (size_t)(open - template) : len;
            shape.ends[i].after = close != NULL ? len - (size_t)(close + 1 - template) : 0;
        }
        template += len;
    }
    return shape;
}

/*
 * Whether each segment begins and ends as the path's; the first may have an alias. From the last
 * on: the first ones are the same in all routes of a service.
 */
static bool may_fit(const struct mock_call *call, const struct shape *shape, const size_t *lens)
{
    const bool fold = call->service->fold_case;
    const size_t first = call->service->alias[0] != NULL;
    const size_t count = shape->segments < MOST_SEGMENTS ? shape->segments : MOST_SEGMENTS;

    for (size_t i = count; i-- > first;) {
        const char *segment = call->path.segments[i], *text = shape->ends[i].text;
        const size_t len = shape->ends[i].len, before = shape->ends[i].before;
        const size_t after = shape->ends[i].after;

        if ((before == len ? lens[i] != len : lens[i] <= before + after) ||
            !same(text, segment, before, fold) ||
            !same(text + len - after, segment + lens[i] - after, after, fold)) {
            return false;
        }
    }
    return true;
}

static struct {
    const struct mock_service *service;
    struct shape *shapes;
} known[MOCK_MAX_SERVICES];

static pthread_once_t known_once = PTHREAD_ONCE_INIT;

static void learn_shapes(void)
{
    assert(mock_service_count <= MOCK_MAX_SERVICES);
    for (size_t i = 0; i < mock_service_count; i++) {
        const struct mock_service *service = mock_services[i];

        known[i].service = service;
        known[i].shapes = mem_alloc((service->route_count + 1) * sizeof(struct shape));
        for (size_t j = 0; j < service->route_count; j++) {
            known[i].shapes[j] = shape_of(service->routes[j].template_);
        }
    }
}

/* NULL for a service that is not in the list: the control API, or a test's. */
static const struct shape *known_shapes(const struct mock_service *service)
{
    pthread_once(&known_once, learn_shapes);
    for (size_t i = 0; i < mock_service_count; i++) {
        if (known[i].service == service) {
            return known[i].shapes;
        }
    }
    return NULL;
}

/* The template with the most characters of its own is the most exact one, whatever the order. */
void mock_route_find(struct mock_call *call)
{
    const struct shape *shapes = known_shapes(call->service);
    const struct mock_route *found = NULL;
    size_t most = 0, lens[MOST_SEGMENTS];

    for (size_t i = 0; i < call->path.count && i < MOST_SEGMENTS; i++) {
        lens[i] = strlen(call->path.segments[i]);
    }
    call->allowed = 0;
    for (size_t i = 0; i < call->service->route_count; i++) {
        const struct mock_route *route = &call->service->routes[i];
        struct shape made;
        const struct shape *shape = shapes != NULL ? &shapes[i] : &made;

        if (shapes == NULL) {
            made = shape_of(route->template_);
        }
        if (shape->segments != call->path.count || (found != NULL && shape->literal <= most) ||
            !may_fit(call, shape, lens) || !fits(call, route->template_)) {
            continue;
        }
        if ((route->methods & call->method) == 0) {
            call->allowed |= route->methods;
        } else {
            found = route;
            most = shape->literal;
        }
    }
    call->route = found;
    if (found != NULL) {
        memset(call->vars, 0, sizeof call->vars);
        (void)fits(call, found->template_);
    }
}
