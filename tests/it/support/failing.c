/* Makes calls of the C library fail as a disk, a machine or a net in trouble does: FAILING is the call, the number of
   the first one that fails, the error's number, and how many fail (for good where it is not said), as in "sync 3 5". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(const char *call) {
  static atomic_long calls;
  char named[32];
  long first, most = 0;
  int number;
  const char *setting = getenv("FAILING");
  if (!setting || sscanf(setting, "%31s %ld %d %ld", named, &first, &number, &most) < 3 || strcmp(named, call)) return 0;
  long since = atomic_fetch_add(&calls, 1) + 1 - first;
  if (since < 0 || (most && since >= most)) return 0;
  errno = number;
  return 1;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return fails("sync") ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails("sync") ? -1 : REAL(fdatasync)(fd); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return fails("write") ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
  return fails("read") ? -1 : REAL(pread64)(fd, bytes, count, at);
}
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *with) {
  return fails("thread") ? errno : REAL(pthread_create)(thread, how, start, with);
}
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  struct addrinfo *first, *last;
  const char *also = getenv("FOUND");
  if (fails("name")) return errno;
  int error = REAL(getaddrinfo)(host, service, hints, found);
  if (error || !also || REAL(getaddrinfo)(also, service, hints, &first)) return error;
  for (last = first; last->ai_next; last = last->ai_next) {}
  last->ai_next = *found;
  *found = first;
  return 0;
}
int open64(const char *path, int flags, ...) {
  va_list more;
  char go[4096];
  const char *held = getenv("HELD");
  size_t length = strlen(path), end = held ? strlen(held) : 0;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  if (end && length >= end && !strcmp(path + length - end, held)) {
    snprintf(go, sizeof go, "%s.go", path);
    while (access(go, F_OK)) usleep(1000);
  }
  return REAL(open64)(path, flags, mode);
}
int socket(int domain, int type, int protocol) { return fails("socket") ? -1 : REAL(socket)(domain, type, protocol); }
