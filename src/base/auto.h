/* Cleanup at the end of a scope, so that no function needs a `goto out`. */
#pragma once

#include <stddef.h>

/* Declares a `struct type` whose type_finish() runs when the scope ends; start it from zero. */
#define AUTO(type) __attribute__((cleanup(type##_finish))) struct type

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
