#include "agent/record/record_batch.h"
