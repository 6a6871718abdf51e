#include "entra/jwt.h"

#include <string.h>

#include "base/crypto.h"

/* A part as JSON; NULL when it is no object. */
static const cJSON *decode(struct arena *arena, const char *text, size_t len)
{
    size_t bytes_len = 0;
    uint8_t *bytes = crypto_base64_decode(arena, text, len, &bytes_len);
    cJSON *tree = NULL;
    struct err err;

    if (bytes == NULL || !json_parse(arena, (char *)bytes, bytes_len, JSON_PLAIN, &tree, &err)) {
        return NULL;
    }
    return cJSON_IsObject(tree) ? tree : NULL;
}

bool entra_jwt_read(struct arena *arena, const char *text, struct entra_jwt *ret)
{
    const char *first = strchr(text, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;

    if (second == NULL || strchr(second + 1, '.') != NULL) {
        return false;
    }
    *ret = (struct entra_jwt){
        .header = decode(arena, text, (size_t)(first - text)),
        .claims = decode(arena, first + 1, (size_t)(second - first - 1)),
        .text = text,
        .signed_len = (size_t)(second - text),
    };
    ret->signature =
        crypto_base64_decode(arena, second + 1, strlen(second + 1), &ret->signature_len);
    return ret->header != NULL && ret->claims != NULL;
}
