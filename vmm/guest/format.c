/* SPDX-License-Identifier: Apache-2.0
 * As much of printf as guests need. */
#include "kit.h"

struct sink {
  void (*put)(void *, char);
  void *to;
};

static void put_text(struct sink s, const char *text)
{
  while (*text != 0)
    s.put(s.to, *text++);
}

static void put_number(struct sink s, uint64_t value, unsigned base, unsigned width, char fill)
{
  char digits[20]; /* 2^64 - 1 has as many */
  unsigned n = 0;

  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  for (; width > n; width--)
    s.put(s.to, fill);
  while (n > 0)
    s.put(s.to, digits[--n]);
}

static void put_signed(struct sink s, int64_t value)
{
  if (value < 0)
    s.put(s.to, '-');
  put_number(s, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 0, ' ');
}

/* What stands between % and the letter: a fill, a width, and whether the value is long. */
struct spec {
  char fill;
  unsigned width;
  bool is_long;
};

static const char *read_spec(const char *f, struct spec *spec)
{
  *spec = (struct spec){.fill = ' '};
  if (*f == '0')
    spec->fill = *f++;
  while (*f >= '0' && *f <= '9')
    spec->width = 10 * spec->width + (unsigned)(*f++ - '0');
  while (*f == 'l') {
    spec->is_long = true;
    f++;
  }
  return f;
}

void kit_format(void (*put)(void *, char), void *to, const char *f, __builtin_va_list values)
{
  const struct sink s = {put, to};
  struct spec spec;

  for (; *f != 0; f++) {
    if (*f != '%') {
      put(to, *f);
      continue;
    }
    f = read_spec(f + 1, &spec);
    switch (*f) {
    case 's': put_text(s, __builtin_va_arg(values, const char *)); break;
    case 'c': put(to, (char)__builtin_va_arg(values, int)); break;
    case 'd':
      put_signed(s, spec.is_long ? __builtin_va_arg(values, long) : __builtin_va_arg(values, int));
      break;
    case 'u':
    case 'x':
      put_number(s, spec.is_long ? __builtin_va_arg(values, unsigned long)
                                 : __builtin_va_arg(values, unsigned),
                 *f == 'x' ? 16 : 10, spec.width, spec.fill);
      break;
    case 'p':
      put_text(s, "0x");
      put_number(s, (uint64_t)__builtin_va_arg(values, void *), 16, 0, ' ');
      break;
    case 0: return;
    default: put(to, *f);
    }
  }
}
