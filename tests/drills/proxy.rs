//! A network between the program and a server that can be cut, frozen and led elsewhere.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// What the network does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Nothing gets through, and nobody is told.
    Frozen,
}

/// Forwards TCP connections on a loopback port to the socket of a server.
pub struct Proxy {
    address: SocketAddr,
    target: Arc<Mutex<PathBuf>>,
    weather: watch::Sender<Weather>,
    /// Its number changes when all connections are to be cut.
    cuts: watch::Sender<u32>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(socket.to_owned()));
        let (weather, weather_now) = watch::channel(Weather::Fair);
        let (cuts, cut) = watch::channel(0);
        let led = Arc::clone(&target);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let target = led.lock().unwrap().clone();
                tokio::spawn(carry(client, target, weather_now.clone(), cut.clone()));
            }
        });
        Self { address, target, weather, cuts, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// New connections go to another server; those that are open are cut.
    pub fn lead_to(&self, socket: &Path) {
        socket.clone_into(&mut self.target.lock().unwrap());
        self.cut();
    }

    pub fn cut(&self) {
        self.cuts.send_modify(|number| *number += 1);
    }

    pub fn freeze(&self) {
        self.weather.send_replace(Weather::Frozen);
    }

    pub fn thaw(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, target: PathBuf, weather: watch::Receiver<Weather>, mut cut: watch::Receiver<u32>) {
    cut.mark_unchanged();
    // A server that is gone: the client's connection ends at once.
    let Ok(server) = UnixStream::connect(target).await else { return };
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        () = pour(client_reads, server_writes, weather.clone()) => {}
        () = pour(server_reads, client_writes, weather) => {}
        _ = cut.changed() => {}
    }
}

async fn pour(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if weather.wait_for(|weather| *weather == Weather::Fair).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}
