#include "agent/schedule/schedule.h"
