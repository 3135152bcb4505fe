/* Faults for bench.disk, laid over the C library (LD_PRELOAD): a slow fsync, and a wall clock that somebody sets. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* What the bench has written: ms each fsync takes longer, ms the wall clock is ahead. */
static volatile const int64_t *told;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("BENCH_FAULTS");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *page = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) told = page;
}

static void wait_for_the_disk(void) {
  int64_t ms = told ? told[0] : 0;
  struct timespec left = {ms / 1000, ms % 1000 * 1000000};
  while (ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR) {
  }
}

int fsync(int fd) {
  wait_for_the_disk();
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_for_the_disk();
  return (int)syscall(SYS_fdatasync, fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = (int)syscall(SYS_clock_gettime, clock, now);
  if (done == 0 && told && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t ns = now->tv_nsec + told[1] % 1000 * 1000000;
    now->tv_sec += told[1] / 1000 + (ns < 0 ? -1 : ns / 1000000000);
    now->tv_nsec = (ns + 1000000000) % 1000000000;
  }
  return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec at;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &at) != 0) return -1;
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec at;
  if (clock_gettime(CLOCK_REALTIME, &at) != 0) return -1;
  if (now) *now = at.tv_sec;
  return at.tv_sec;
}
