/* What every suite in C stands on: checks that are run in order, each of which returns or fails by name and line. */
#ifndef INTEROP_CHECK_H
#define INTEROP_CHECK_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jmp_buf check_failed;
static int checks_failed_count;

/* Ends the running check if the condition does not hold; what follows it explains, as for printf. */
#define CHECK(condition, ...)                                   \
  do {                                                          \
    if (!(condition)) {                                         \
      printf("  line %d: not so: %s: ", __LINE__, #condition);  \
      printf(__VA_ARGS__);                                      \
      printf("\n");                                             \
      longjmp(check_failed, 1);                                 \
    }                                                           \
  } while (0)

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double wait_seconds(void) {
  const char *patience = getenv("SLUICE_INTEROP_PATIENCE");
  return 30.0 * (patience ? atof(patience) : 1);
}

/* Goes through its body again and again, until the condition holds. */
#define UNTIL(condition, what)                                                                      \
  for (double until_end = seconds_now() + wait_seconds(); !(condition);)                            \
    if (seconds_now() > until_end) CHECK(0, "not within %.0f s: %s", wait_seconds(), what); else

/* Runs one check, if its name contains $INTEROP_CHECK. */
static void run_check(const char *name, void (*body)(const void *), const void *argument) {
  const char *wanted = getenv("INTEROP_CHECK");
  if (wanted && !strstr(name, wanted)) return;
  const double begun = seconds_now();
  if (setjmp(check_failed) == 0) {
    body(argument);
    printf("ok %s (%.1f s)\n", name, seconds_now() - begun);
  } else {
    checks_failed_count++;
    printf("not ok %s\n", name);
  }
  fflush(stdout);
}

/* A name that no other check uses, for topics and groups. `name` has room for 64 bytes. */
static void unique_name(char *name, const char *stem) {
  static unsigned count;
  snprintf(name, 64, "%s-%lx-%u", stem, (unsigned long)time(NULL), count++);
}

#endif
