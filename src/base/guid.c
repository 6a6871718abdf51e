#include "base/guid.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

void guid_format(const uint8_t bytes[16], char ret[GUID_SIZE])
{
    size_t at = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = bytes[i];

        if (i == 6) {
            byte = (uint8_t)((byte & 0x0f) | 0x40);
        } else if (i == 8) {
            byte = (uint8_t)((byte & 0x3f) | 0x80);
        }
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            ret[at++] = '-';
        }
        ret[at++] = hex[byte >> 4];
        ret[at++] = hex[byte & 15];
    }
    ret[at] = '\0';
}

void guid_make(struct random *random, char ret[GUID_SIZE])
{
    uint8_t bytes[16];

    random_bytes(random, bytes, sizeof bytes);
    guid_format(bytes, ret);
}

static int digit(char c)
{
    const char *at = c == '\0' ? NULL : strchr(hex, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return at == NULL ? -1 : (int)(at - hex);
}

/* The 16 bytes in the order of the text. */
static bool read_bytes(const char *text, uint8_t ret[16])
{
    size_t n = 0;

    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        int value;

        if (dash != (text[i] == '-')) {
            return false;
        }
        if (dash) {
            continue;
        }
        value = digit(text[i]);
        if (value < 0) {
            return false;
        }
        ret[n / 2] = (uint8_t)(n % 2 == 0 ? value << 4 : ret[n / 2] | value);
        n++;
    }
    return text[36] == '\0';
}

bool guid_valid(const char *text)
{
    uint8_t bytes[16];

    return text != NULL && read_bytes(text, bytes);
}

bool guid_to_mixed_endian(const char *text, uint8_t ret[16])
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t bytes[16];

    if (text == NULL || !read_bytes(text, bytes)) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        ret[i] = bytes[order[i]];
    }
    return true;
}
