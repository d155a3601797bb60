/* The clock of whoever loads this beforehand, IOC_CLOCK_SHIFT seconds from the system's: what tells the time of day, what
 * waits for a time of day, and the times of files. Clocks that only measure how long something takes stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

static time_t shift;
static int (*read_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("IOC_CLOCK_SHIFT");
    shift = given ? atol(given) : 0;
    read_clock = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!read_clock) begin();
    int failed = read_clock(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}

/* A deadline as the system understands it; one by a clock that began with the machine stays. */
static struct timespec real(const struct timespec *deadline) {
    struct timespec own = *deadline;
    if (own.tv_sec > 1000000000) own.tv_sec -= shift;
    return own;
}

#define WAITS(name, what)                                        \
    int name(what *waited, const struct timespec *deadline) {    \
        static int (*next)(what *, const struct timespec *);     \
        if (!next) next = dlsym(RTLD_NEXT, #name);               \
        struct timespec own = real(deadline);                    \
        return next(waited, &own);                               \
    }
WAITS(sem_timedwait, sem_t)
WAITS(pthread_mutex_timedlock, pthread_mutex_t)

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec own = real(deadline);
    return next(condition, mutex, &own);
}

static int shifted(int failed, struct stat *found) {
    if (!failed) { /* struct stat64 is the same on 64-bit machines */
        found->st_mtim.tv_sec += shift;
        found->st_ctim.tv_sec += shift;
        found->st_atim.tv_sec += shift;
    }
    return failed;
}

#define TELLS(name, kind, file)                                  \
    int name(file, struct kind *found) {                         \
        static int (*next)(file, struct kind *);                 \
        if (!next) next = dlsym(RTLD_NEXT, #name);               \
        return shifted(next(given, found), (struct stat *)found); \
    }
TELLS(stat, stat, const char *given)
TELLS(lstat, stat, const char *given)
TELLS(fstat, stat, int given)
TELLS(stat64, stat64, const char *given)
TELLS(lstat64, stat64, const char *given)
TELLS(fstat64, stat64, int given)

#define TELLS_IN(name, kind)                                                  \
    int name(int folder, const char *given, struct kind *found, int flags) {  \
        static int (*next)(int, const char *, struct kind *, int);            \
        if (!next) next = dlsym(RTLD_NEXT, #name);                            \
        return shifted(next(folder, given, found, flags), (struct stat *)found); \
    }
TELLS_IN(fstatat, stat)
TELLS_IN(fstatat64, stat64)
