//! Starts the server of the clients' scenarios, prints its address, and serves until its standard input is closed.

use std::io::{self, Read as _};

use tests::wire::Wire;
use tokio::net::TcpListener;

fn main() -> io::Result<()> {
    tests::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(Wire::start().await.serve(listener));
        println!("http://{address}");
        // It ends with the process that started it.
        tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
        serving.abort();
        Ok(())
    })
}
