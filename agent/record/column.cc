#include "agent/record/column.h"
