#include "agent/courier/receipt.h"
