/* SPDX-License-Identifier: Apache-2.0
 * A debugger of few words, for tests: sends packets, prints each with its answer.
 * usage: client PORT|PATH WORD...   a packet; or one of
 *   <        an answer alone
 *   ^        Ctrl-C, then the answer      =TEXT   bytes as they are, no answer
 *   &TEXT    a packet, no answer          ~N      N bytes of noise, no answer */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_to(const char *where)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(where))};
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  const int local = strchr(where, '/') != NULL;
  const int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  strncpy(un.sun_path, where, sizeof un.sun_path - 1);
  if (fd < 0 || connect(fd, local ? (void *)&un : (void *)&in, local ? sizeof un : sizeof in) != 0) {
    perror(where);
    exit(1);
  }
  return fd;
}

static void put(int fd, const char *bytes, size_t n)
{
  if (write(fd, bytes, n) != (ssize_t)n)
    puts("gone");
}

static void send_packet(int fd, const char *text)
{
  unsigned char sum = 0;
  char tail[4];

  for (const char *c = text; *c != '\0'; c++)
    sum = (unsigned char)(sum + (unsigned char)*c);
  snprintf(tail, sizeof tail, "#%02x", sum);
  put(fd, "$", 1);
  put(fd, text, strlen(text));
  put(fd, tail, 3);
}

/* Prints all up to the sum of a packet, and acknowledges it. */
static void print_answer(int fd)
{
  int after = -1;
  char c;

  while (after != 0) {
    if (read(fd, &c, 1) != 1) {
      puts("|");
      return;
    }
    putchar(c);
    after = c == '#' ? 2 : after > 0 ? after - 1 : after;
  }
  putchar('\n');
  put(fd, "+", 1);
}

static void noise(int fd, size_t n)
{
  static const char often[] = "$#+-gGmMpPqZzcCsS?HTX0123456789abcdef,:=;\003";
  unsigned x = 2463534242;
  char c, answers[4096];

  for (size_t i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    c = x % 8 == 0 ? (char)(x >> 8) : often[(x >> 8) % (sizeof often - 1)];
    if (write(fd, &c, 1) != 1)
      return;
    while (recv(fd, answers, sizeof answers, MSG_DONTWAIT) > 0)
      continue; /* else both wait for the other to read */
  }
}

int main(int argc, char **argv)
{
  const int fd = open_to(argv[1]);

  signal(SIGPIPE, SIG_IGN);
  setbuf(stdout, NULL);
  for (int i = 2; i < argc; i++) {
    const char *const word = argv[i];

    printf("%s -> ", word);
    if (word[0] == '&') {
      send_packet(fd, word + 1);
      usleep(200000);
    } else if (word[0] == '=') {
      put(fd, word + 1, strlen(word + 1));
    } else if (word[0] == '~') {
      noise(fd, strtoul(word + 1, NULL, 10));
    } else if (word[0] == '^') {
      put(fd, "\003", 1);
    } else if (word[0] != '<') {
      send_packet(fd, word);
    }
    if (strchr("&=~", word[0]) != NULL)
      putchar('\n');
    else
      print_answer(fd);
  }
  return argc < 3;
}
