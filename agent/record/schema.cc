#include "agent/record/schema.h"
