#include "agent/record/quality.h"
