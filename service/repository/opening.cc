#include "service/repository/opening.h"

#include "service/repository/service_keys.h"

namespace tributary {

Opening::Opening(const ServiceConfiguration& configuration, Ledger& ledger, Store& store, FileSystem& files,
                 Clock& clock, Log& log, WhenTaken when_taken)
    : turn_(configuration.store / "opening"),
      lander_(ledger, store, files, configuration.landing, ChunkOpener(load_decryption(files, configuration)), turn_,
              clock, log) {
    if (when_taken == WhenTaken::refuse) {
        turn_.take();
    }
}

}  // namespace tributary
